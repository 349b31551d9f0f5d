// Power of the test of one coefficient: the numbers of transdx.stats.power, computed on the page.
// The noncentral t is a normal value over the root of a chi-square; over the logarithm of that root
// what is added up is smooth and vanishes on both sides, so that equal steps are exact.
(function () {
  "use strict";

  // The upper tail of the normal distribution; of its continued fraction so far out that it holds.
  function tail(x) {
    if (x < 0) {
      return 1 - tail(-x);
    }
    const density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
    if (x > 38) {
      return 0;
    }
    if (x > 3) {
      let fraction = x;
      for (let step = 60; step > 0; step -= 1) {
        fraction = x + step / fraction;
      }
      return density / fraction;
    }
    let term = x;
    let sum = x;
    for (let step = 1; Math.abs(term) > 1e-17 * sum; step += 1) {
      term *= (x * x) / (2 * step + 1);
      sum += term;
    }
    return 0.5 - density * sum;
  }

  // How often a t with these degrees of freedom, moved by delta, lies beyond the critical value.
  function beyond(critical, df, delta) {
    const spread = 1 / Math.sqrt(2 * df);
    const step = Math.min(spread, 1 / (1 + delta)) / 1.5;
    const high = 9 * spread + (df < 20 ? 1 : 0);
    let mass = 0;
    let hits = 0;
    for (let u = -Math.max(9 * spread, 40 / df); u <= high; u += step) {
      const weight = Math.exp(df * (u - Math.expm1(2 * u) / 2));
      const edge = critical * Math.exp(u);
      mass += weight;
      hits += weight * (tail(edge - delta) + tail(edge + delta));
    }
    return hits / mass;
  }

  // Where a function that rises passes zero: by a straight line between two points, each third
  // time by halving.
  function pass(low, high, rise) {
    let [below, above, at] = [rise(low), rise(high), low];
    for (let round = 1; round < 200 && low < high; round += 1) {
      const line = (low * above - high * below) / (above - below);
      at = round % 3 && line > low && line < high ? line : (low + high) / 2;
      const value = rise(at);
      if (Math.abs(value) < 1e-13) {
        break;
      }
      [low, below, high, above] = value < 0 ? [at, value, high, above] : [low, below, at, value];
    }
    return at;
  }

  function criticalOf(alpha, df) {
    // Of logarithms: few people and many tests take it far out.
    const rise = (log) => Math.log(alpha) - Math.log(beyond(Math.exp(log), df, 0) || 1e-300);
    return Math.exp(pass(-3, df < 10 ? 45 : 4, rise));
  }

  function powerOf(asked) {
    const df = asked.people - asked.covariates - 2;
    const r = asked.beta * Math.sqrt(1 - asked.explained);
    const delta = (Math.sqrt(asked.people) * r) / Math.sqrt(1 - r * r);
    return beyond(criticalOf(asked.alpha, df), df, delta);
  }

  function smallestBeta(asked) {
    const df = asked.people - asked.covariates - 2;
    const critical = criticalOf(asked.alpha, df);
    const rise = (delta) => beyond(critical, df, delta) - asked.power;
    let most = 1;
    while (rise(most) < 0) {
      most *= 2;
    }
    const delta = pass(0, most, rise);
    return delta / Math.sqrt((asked.people + delta * delta) * (1 - asked.explained));
  }

  // The fewest people, or nothing where it takes more than are counted.
  function smallestN(asked) {
    const enough = (people) => powerOf({ ...asked, people: people }) >= asked.power;
    let low = asked.covariates + 2;
    let high = low + 1;
    while (!enough(high)) {
      low = high;
      high *= 2;
      if (high > asked.most) {
        return null;
      }
    }
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (enough(middle)) {
        high = middle;
      } else {
        low = middle;
      }
    }
    return high;
  }

  const whole = (value) => Number.isInteger(value);
  // What each has to be, in words and as a test.
  const RULES = {
    tests: ["a whole number from 1 to a million", (v) => whole(v) && v >= 1 && v <= 1e6],
    covariates: ["a whole number from 0 to 1,000", (v) => whole(v) && v >= 0 && v <= 1000],
    people: [
      "a whole number of at least twelve more than there are covariates, at most a billion",
      (v, asked) => whole(v) && v >= asked.covariates + 12 && v <= 1e9,
    ],
    explained: ["a number from 0 to below 1", (v) => v >= 0 && v < 1],
    beta: [
      "a number above 0 and below 1, or a little more where covariates explain the measure",
      (v, asked) => v > 0 && v * Math.sqrt(1 - asked.explained) < 1,
    ],
  };

  function read(form) {
    const asked = {};
    for (const [name, [words, holds]] of Object.entries(RULES)) {
      const field = form.elements[name];
      const text = field.value.trim().replace(/(\d),(?=\d{3}(?!\d))/g, "$1").replace("−", "-");
      asked[name] = text === "" ? NaN : Math.abs(Number(text)) * (name === "beta" ? 1 : Math.sign(Number(text)));
      const right = holds(asked[name], asked);
      field.setAttribute("aria-invalid", String(!right));
      if (!right) {
        const label = field.closest("label").textContent.trim();
        return { wrong: label + ": expected " + words + ", got '" + field.value + "'." };
      }
    }
    for (const name of ["alpha", "power", "most"]) {
      asked[name] = Number(form.dataset[name]);
    }
    asked.alpha /= asked.tests;
    return asked;
  }

  function put(form, name, value, words) {
    const output = form.querySelector("output[name=" + name + "]");
    output.textContent = words;
    output.dataset.value = value === null ? "" : value;
  }

  function percent(share) {
    const shown = (100 * share).toFixed(1);
    return (share < 1 && shown === "100.0" ? "more than 99.9" : shown) + " %";
  }

  function answer(form) {
    Object.keys(RULES).forEach((name) => form.elements[name].removeAttribute("aria-invalid"));
    const asked = read(form);
    const wrong = form.querySelector("[role=alert]");
    wrong.textContent = asked.wrong || "";
    if (asked.wrong) {
      ["power", "smallest", "needed"].forEach((name) => put(form, name, null, "–"));
      return;
    }
    const power = powerOf(asked);
    put(form, "power", power, percent(power));
    const smallest = smallestBeta(asked);
    put(form, "smallest", smallest, smallest.toFixed(4));
    const needed = smallestN(asked);
    const many = "more than a billion";
    put(form, "needed", needed, needed === null ? many : needed.toLocaleString("en"));
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll(".transdx-power").forEach(function (form) {
      form.addEventListener("submit", (event) => event.preventDefault());
      form.addEventListener("input", () => answer(form));
      form.reset();
      form.hidden = false;
      form.nextElementSibling.remove();
      answer(form);
    });
  });
})();
