// Brains that turn: the maps of a page, drawn triangle by triangle on a canvas. A page in a folder
// loads no modules and a machine may have no WebGL, so neither is asked for.
(function () {
  "use strict";

  const here = document.currentScript.src.replace(/[^/]*$/, "");
  const root = document.documentElement;
  const store = (window.transdx = window.transdx || {});
  const loading = {};
  const unpacked = {};
  // Of a pixel: beside the brain, and on it without a region.
  const OUTSIDE = -1;
  const ELSEWHERE = -2;
  const STEPS = 200; // to a millimetre
  const GAP = 47; // from the middle to that of a hemisphere, where both are shown
  const LIGHT = [-0.25, 0.45, 0.86].map((each) => each / Math.hypot(0.25, 0.45, 0.86));
  const SHADES = { cortex: [0.8, 0.2, 0.07], subcortex: [0.66, 0.34, 0] };
  const SIDES = { left: "left hemisphere", right: "right hemisphere", both: "both hemispheres" };
  const TURNS = {
    ArrowLeft: ["←", "Turn left", -15, 0],
    ArrowRight: ["→", "Turn right", 15, 0],
    ArrowUp: ["↑", "Turn up", 0, 15],
    ArrowDown: ["↓", "Turn down", 0, -15],
  };

  function load(name) {
    loading[name] =
      loading[name] ||
      new Promise(function (done, failed) {
        const script = document.createElement("script");
        script.src = here + "brains/" + name + ".js";
        script.onload = done;
        script.onerror = () => failed(new Error("The values of this map are not there: " + name));
        document.head.append(script);
      });
    return loading[name];
  }

  function make(name, more, ...inside) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(more || {})) {
      if (key in node) {
        node[key] = value;
      } else {
        node.setAttribute(key, value);
      }
    }
    node.append(...inside);
    return node;
  }

  // Meshes

  function bytes(text) {
    return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  }

  function unpack(name) {
    if (!unpacked[name]) {
      const packed = store.brain.meshes[name];
      const shared = store.brain.meshes[name.replace("right", "left")];
      const mesh = {
        points: Float32Array.from(new Int16Array(bytes(packed.points).buffer), (p) => p / STEPS),
        triangles: new Uint16Array(bytes(packed.triangles || shared.triangles).buffer),
        places: new Int8Array(bytes(packed.places).buffer),
        leads: bytes(packed.leads),
        sulci: bytes(packed.sulci),
      };
      mesh.normals = normals(mesh);
      unpacked[name] = mesh;
    }
    return unpacked[name];
  }

  function normals(mesh) {
    const p = mesh.points;
    const sums = new Float32Array(p.length);
    for (let f = 0; f < mesh.triangles.length; f += 3) {
      const [a, b, c] = [0, 1, 2].map((corner) => 3 * mesh.triangles[f + corner]);
      for (let axis = 0; axis < 3; axis += 1) {
        const [i, j] = [(axis + 1) % 3, (axis + 2) % 3];
        const n =
          (p[b + i] - p[a + i]) * (p[c + j] - p[a + j]) -
          (p[b + j] - p[a + j]) * (p[c + i] - p[a + i]);
        for (const corner of [a, b, c]) {
          sums[corner + axis] += n;
        }
      }
    }
    for (let v = 0; v < sums.length; v += 3) {
      const length = Math.hypot(sums[v], sums[v + 1], sums[v + 2]) || 1;
      for (let axis = 0; axis < 3; axis += 1) {
        sums[v + axis] /= length;
      }
    }
    return sums;
  }

  // The camera: to the right, up and towards the viewer, after a turn around the upright axis and
  // one that raises the viewer. At 0 and 0 it looks from behind.

  function camera(yaw, pitch) {
    const [a, b] = [(yaw * Math.PI) / 180, (pitch * Math.PI) / 180];
    const [back, high] = [Math.cos(b), Math.sin(b)];
    return [
      [Math.cos(a), Math.sin(a), 0],
      [-high * Math.sin(a), high * Math.cos(a), back],
      [back * Math.sin(a), -back * Math.cos(a), high],
    ];
  }

  function dot(axis, values, at) {
    return axis[0] * values[at] + axis[1] * values[at + 1] + axis[2] * values[at + 2];
  }

  function extent(scene) {
    const most = [0, 0, 0];
    for (const { mesh, shift } of scene) {
      for (let v = 0; v < mesh.points.length; v += 1) {
        const value = mesh.points[v] + (v % 3 ? 0 : shift);
        most[v % 3] = Math.max(most[v % 3], Math.abs(value));
      }
    }
    return most;
  }

  // What each pixel shows: its region, and its light.

  function rasterise(scene, view, width, height) {
    const seen = {
      width,
      height,
      regions: new Int8Array(width * height).fill(OUTSIDE),
      light: new Float32Array(width * height),
    };
    const depth = new Float32Array(width * height).fill(-Infinity);
    const axes = camera(view.yaw, view.pitch);
    const broad = Math.max(scene.extent[0], scene.extent[1]);
    const tall = Math.hypot(scene.extent[2] * axes[1][2], broad * axes[2][2]);
    const scale = 0.48 * Math.min(width / broad, height / tall);
    for (const { mesh, shift, shades } of scene) {
      const placed = place(mesh, shift, shades, axes, scale, width / 2, height / 2);
      for (let f = 0; f < mesh.triangles.length; f += 3) {
        fill(seen, depth, placed, mesh, f);
      }
    }
    return seen;
  }

  function place(mesh, shift, [ambient, facing, fold], axes, scale, middle, centre) {
    const count = mesh.points.length / 3;
    const [x, y, z, light] = [0, 0, 0, 0].map(() => new Float32Array(count));
    for (let v = 0; v < count; v += 1) {
      x[v] = middle + scale * (dot(axes[0], mesh.points, 3 * v) + axes[0][0] * shift);
      y[v] = centre - scale * (dot(axes[1], mesh.points, 3 * v) + axes[1][0] * shift);
      z[v] = dot(axes[2], mesh.points, 3 * v) + axes[2][0] * shift;
      const lit = axes.reduce((sum, axis, i) => sum + LIGHT[i] * dot(axis, mesh.normals, 3 * v), 0);
      light[v] = ambient + facing * Math.max(0, lit) - fold * mesh.sulci[v];
    }
    return { x, y, z, light };
  }

  function fill(seen, depth, { x, y, z, light }, mesh, f) {
    const [a, b, c] = [mesh.triangles[f], mesh.triangles[f + 1], mesh.triangles[f + 2]];
    // Rows run downwards, so what runs counter-clockwise in the brain has a negative area here.
    const area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a]);
    if (area > -1e-6) {
      return;
    }
    const left = Math.max(0, Math.ceil(Math.min(x[a], x[b], x[c])));
    const right = Math.min(seen.width - 1, Math.floor(Math.max(x[a], x[b], x[c])));
    const top = Math.max(0, Math.ceil(Math.min(y[a], y[b], y[c])));
    const bottom = Math.min(seen.height - 1, Math.floor(Math.max(y[a], y[b], y[c])));
    const [p, q, r] = [mesh.places[a], mesh.places[b], mesh.places[c]];
    const [i, j, k] = [mesh.leads[a], mesh.leads[b], mesh.leads[c]];
    for (let row = top; row <= bottom; row += 1) {
      for (let column = left; column <= right; column += 1) {
        const u = ((x[b] - column) * (y[c] - row) - (y[b] - row) * (x[c] - column)) / area;
        const v = ((x[c] - column) * (y[a] - row) - (y[c] - row) * (x[a] - column)) / area;
        const w = 1 - u - v;
        const pixel = row * seen.width + column;
        const high = u * z[a] + v * z[b] + w * z[c];
        if (u < 0 || v < 0 || w < 0 || high <= depth[pixel]) {
          continue;
        }
        depth[pixel] = high;
        seen.light[pixel] = u * light[a] + v * light[b] + w * light[c];
        seen.regions[pixel] = p === q && q === r ? p : largest(p, q, r, u * i, v * j, w * k);
      }
    }
  }

  // Of the regions that meet in a triangle, that which leads at a point of it.
  function largest(p, q, r, u, v, w) {
    if (q === r) {
      return u > v + w ? p : q;
    }
    if (p === r) {
      return v > u + w ? q : p;
    }
    if (p === q) {
      return w > u + v ? r : p;
    }
    return u > v && u > w ? p : v > w ? q : r;
  }

  // From regions to colours.

  function rgb(colour) {
    return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  }

  function scaled(scale, share) {
    const at = Math.min(Math.max(0.5 + 0.5 * share, 0), 1) * (scale.length - 1);
    const low = Math.min(Math.floor(at), scale.length - 2);
    const [one, other] = [rgb(scale[low]), rgb(scale[low + 1])];
    return one.map((each, i) => each + (at - low) * (other[i] - each));
  }

  // Of each pixel: the colour of its region in its light, lines where regions meet, an outline
  // around those that survive and a broader one around the one that is pointed at.
  function paint(seen, image, look) {
    const { width, height, regions, light } = seen;
    const pixels = image.data;
    const { fills, missing, strong } = look;
    for (let row = 0; row < height; row += 1) {
      const [up, down] = [row ? -width : 0, row + 1 < height ? width : 0];
      const [above, below] = [row > 2 ? -3 * width : 0, row + 3 < height ? 3 * width : 0];
      for (let column = 0; column < width; column += 1) {
        const p = row * width + column;
        const region = regions[p];
        if (region === OUTSIDE) {
          continue;
        }
        const [back, on] = [column ? -1 : 0, column + 1 < width ? 1 : 0];
        const kind = region + 2;
        const mine = region === look.chosen;
        const holds = strong[kind];
        let [red, green, blue] = [0, 0, 0];
        const outlined =
          strong[regions[p + on] + 2] !== holds || strong[regions[p + back] + 2] !== holds ||
          strong[regions[p + up] + 2] !== holds || strong[regions[p + down] + 2] !== holds ||
          (mine && (regions[p + (column + 3 < width ? 3 : 0)] !== region ||
            regions[p - (column > 2 ? 3 : 0)] !== region ||
            regions[p + above] !== region || regions[p + below] !== region));
        if (outlined) {
          [red, green, blue] = look.ink;
        } else {
          const hatched = missing[kind] && (row + column) % 14 < 4;
          const lit = Math.min(1, light[p]);
          red = lit * (hatched ? look.muted[0] : fills[3 * kind]);
          green = lit * (hatched ? look.muted[1] : fills[3 * kind + 1]);
          blue = lit * (hatched ? look.muted[2] : fills[3 * kind + 2]);
          if (regions[p + on] !== region || regions[p + down] !== region) {
            red = 0.35 * red + 0.65 * look.border[0];
            green = 0.35 * green + 0.65 * look.border[1];
            blue = 0.35 * blue + 0.65 * look.border[2];
          }
        }
        pixels[4 * p] = red;
        pixels[4 * p + 1] = green;
        pixels[4 * p + 2] = blue;
        pixels[4 * p + 3] = 255;
      }
    }
  }

  // A brain in the place of a map.

  class Brain {
    constructor(still, run, more) {
      this.still = still;
      const { brain: modality, part } = still.dataset;
      this.state = { modality, part, side: "left", only: "", yaw: -90, pitch: 0 };
      Object.assign(this.state, more);
      this.chosen = null;
      this.build();
      this.show(run);
      new MutationObserver(() => this.draw()).observe(root, { attributeFilter: ["data-theme"] });
    }

    get values() {
      const held = store.runs[this.run].modalities;
      return held[this.state.modality] || held[Object.keys(held)[0]];
    }

    build() {
      this.canvas = make("canvas", { width: 960, height: 700, tabIndex: 0 });
      this.canvas.setAttribute("role", "application");
      this.canvas.setAttribute("aria-roledescription", "brain that turns");
      this.said = make("p", { className: "transdx-said", role: "status" });
      this.bar = make("div", { className: "transdx-bar", "aria-hidden": "true" });
      this.choices = make("div", { className: "transdx-choices" });
      const turns = Object.entries(TURNS).map(([key, [sign, name]]) =>
        make("button", { type: "button", title: name, "aria-label": name, onclick: () => this.turn(key) }, sign)
      );
      this.box = make(
        "div",
        { className: "transdx-brain" },
        this.choices,
        this.canvas,
        make("div", { className: "transdx-turns", role: "group", "aria-label": "Turn" }, ...turns),
        this.bar,
        this.said
      );
      this.still.after(this.box);
      this.listen();
    }

    listen() {
      const canvas = this.canvas;
      let from = null;
      canvas.addEventListener("keydown", (event) => {
        if (TURNS[event.key]) {
          event.preventDefault();
          this.turn(event.key);
        }
      });
      canvas.addEventListener("pointerdown", (event) => {
        from = { x: event.clientX, y: event.clientY, yaw: this.state.yaw, pitch: this.state.pitch };
        canvas.setPointerCapture(event.pointerId);
      });
      canvas.addEventListener("pointermove", (event) => {
        if (from) {
          const far = [event.clientX - from.x, event.clientY - from.y];
          this.look(from.yaw - far[0] / 2, from.pitch + far[1] / 2, 1);
        } else {
          this.point(event);
        }
      });
      for (const name of ["pointerup", "pointercancel"]) {
        canvas.addEventListener(name, (event) => {
          const stayed = from && Math.hypot(event.clientX - from.x, event.clientY - from.y) < 5;
          from = null;
          this.look(this.state.yaw, this.state.pitch);
          if (stayed) {
            this.point(event);
          }
        });
      }
      canvas.addEventListener("pointerleave", () => this.choose(null));
    }

    // Take the values of a run, once they are there.
    show(run) {
      this.ready = Promise.all([load("mesh"), load(run)]).then(
        () => {
          this.run = run;
          this.offer();
          this.draw();
          this.tell();
        },
        (error) => {
          this.said.textContent = error.message;
        }
      );
      return this.ready;
    }

    // Write the choices that there are, keeping those that were made.
    offer() {
      const held = store.runs[this.run];
      const state = this.state;
      if (!held.modalities[state.modality]) {
        state.modality = Object.keys(held.modalities)[0];
      }
      const { parts, scores } = this.values;
      state.score = scores[state.score] ? state.score : Object.keys(scores)[0];
      state.part = parts.includes(state.part) ? state.part : parts[0];
      const titles = Object.entries(held.modalities).map(([name, one]) => [name, one.title]);
      const fields = [
        ["score", "Score", Object.entries(held.scores).filter(([name]) => scores[name])],
        ["modality", "Measure", titles],
        ["part", "Part", parts.map((part) => [part, part])],
        ["side", "Side", Object.entries(SIDES)],
        ["only", "Show", [["", "all, those that survive outlined"], ["1", "only what survives " + held.level]]],
        ["region", "Find", [["", "a region …"], ...this.regions()]],
      ];
      this.choices.replaceChildren(
        ...fields.filter(([, , options]) => options.length > 1).map((field) => this.field(...field))
      );
    }

    field(name, words, options) {
      const chosen = name === "region" ? "" : this.state[name];
      const select = make(
        "select",
        { name, onchange: () => this.change(name, select.value) },
        ...options.map(([value, text]) => make("option", { value, selected: value === chosen }, text))
      );
      return make("label", {}, make("span", {}, words), select);
    }

    change(name, value) {
      if (name === "region") {
        this.find(value === "" ? null : Number(value));
        return;
      }
      this.state[name] = value;
      if (name === "side" && value !== "both") {
        this.state.yaw = value === "left" ? -90 : 90;
        this.state.pitch = 0;
      }
      this.offer();
      const again = this.choices.querySelector(`[name=${name}]`);
      if (again) {
        again.focus();
      }
      this.draw();
      this.tell();
    }

    sides() {
      return this.state.side === "both" ? ["left", "right"] : [this.state.side];
    }

    regions() {
      const names = store.brain.names;
      const there = new Set();
      for (const side of this.sides()) {
        unpack(this.state.part + " " + side).places.forEach((place) => there.add(place));
      }
      there.delete(ELSEWHERE);
      return [...there].map((place) => [String(place), names[place]]).sort((a, b) => (a[1] < b[1] ? -1 : 1));
    }

    // Values by place of their region: beta, whether it survives, words.
    found() {
      return new Map(this.values.scores[this.state.score].regions.map(([place, ...rest]) => [place, rest]));
    }

    scene() {
      const { part, side } = this.state;
      const apart = part === "cortex" && side === "both" ? GAP : 0;
      const scene = this.sides().map((name) => ({
        mesh: unpack(part + " " + name),
        shift: name === "left" ? -apart : apart,
        shades: SHADES[part],
      }));
      if (part === "subcortex" && side !== "both") {
        scene[0].shift = side === "left" ? 20 : -20;
      }
      scene.extent = extent(scene);
      return scene;
    }

    draw(density) {
      if (!this.run) {
        return;
      }
      const wide = this.canvas.clientWidth || 480;
      const sharp = density || 2;
      this.canvas.width = Math.round(wide * sharp);
      this.canvas.height = Math.round(wide * sharp * 0.73);
      this.seen = rasterise(this.scene(), this.state, this.canvas.width, this.canvas.height);
      this.colour();
      this.name();
    }

    // Say how each region looks; places are counted from two, after what is none.
    appearance(theme) {
      const found = this.found();
      const count = store.brain.names.length + 2;
      const look = {
        fills: new Float32Array(3 * count),
        missing: new Uint8Array(count),
        strong: new Uint8Array(count),
        chosen: this.chosen,
      };
      for (const name of ["ink", "muted", "border"]) {
        look[name] = rgb(theme[name]);
      }
      for (let kind = 0; kind < count; kind += 1) {
        const [beta, strong] = found.get(kind - 2) || [];
        const known = beta !== undefined;
        const shown = known && (strong || !this.state.only);
        const pale = known ? rgb(theme.pale) : rgb(theme.absent);
        look.fills.set(shown ? scaled(theme.scale, beta / this.values.limit) : pale, 3 * kind);
        look.missing[kind] = kind > 1 && !known;
        look.strong[kind] = known && strong && !this.state.only;
      }
      return look;
    }

    colour() {
      const theme = store.brain.themes[root.dataset.theme === "dark" ? "dark" : "light"];
      const look = this.appearance(theme);
      const pen = this.canvas.getContext("2d");
      const image = pen.createImageData(this.canvas.width, this.canvas.height);
      paint(this.seen, image, look);
      pen.putImageData(image, 0, 0);
      this.bar.style.setProperty("--scale", `linear-gradient(to right, ${theme.scale})`);
      const limit = this.values.limit;
      this.bar.replaceChildren(
        ...["−" + limit, "0", "+" + limit].map((text) => make("span", {}, text)),
        make("em", {}, "standardised beta")
      );
    }

    title() {
      const { modality, score } = this.state;
      return `${store.runs[this.run].modalities[modality].title} and ${store.runs[this.run].scores[score]}`;
    }

    name() {
      const { part, side, yaw, pitch } = this.state;
      const around = ["behind", "the right", "the front", "the left"];
      const from = around[((Math.round(yaw / 90) % 4) + 4) % 4];
      const above = pitch > 60 ? "above" : pitch < -60 ? "below" : from;
      this.canvas.setAttribute(
        "aria-label",
        `${this.title()}: ${part}, ${SIDES[side]}, from ${above}. The arrow keys turn it.`
      );
    }

    tell() {
      if (this.chosen === null) {
        const { words } = this.values.scores[this.state.score];
        this.said.replaceChildren(make("b", {}, this.title()), `: ${words}. Point at a region, or find it by name.`);
        return;
      }
      const [, , words] = this.found().get(this.chosen) || [];
      this.said.replaceChildren(make("b", {}, store.brain.names[this.chosen]), ": " + (words || "no value"));
    }

    choose(place) {
      if (place !== this.chosen) {
        this.chosen = place;
        this.colour();
        this.tell();
      }
    }

    at(x, y) {
      const { width, height, regions } = this.seen;
      const column = Math.floor(x * width);
      const row = Math.floor(y * height);
      const inside = column >= 0 && row >= 0 && column < width && row < height;
      const region = inside ? regions[row * width + column] : OUTSIDE;
      return region >= 0 ? region : null;
    }

    point(event) {
      if (this.seen) {
        const box = this.canvas.getBoundingClientRect();
        this.choose(this.at((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height));
      }
    }

    // Turn to where a region faces the reader.
    find(place) {
      if (place === null) {
        this.choose(null);
        return;
      }
      const side = store.brain.names[place].split(" ")[0];
      if (this.state.side !== side) {
        // Beside the other one, half of a hemisphere cannot be seen.
        this.change("side", side);
        this.choices.querySelector("[name=region]").value = String(place);
      }
      const sum = [0, 0, 0];
      const { places, normals } = unpack(this.state.part + " " + side);
      places.forEach((held, v) => {
        if (held === place) {
          sum.forEach((_, axis) => (sum[axis] += normals[3 * v + axis]));
        }
      });
      const length = Math.hypot(...sum) || 1;
      const [yaw, pitch] = [Math.atan2(sum[0], -sum[1]), Math.asin(sum[2] / length)];
      this.chosen = place;
      this.glide((yaw * 180) / Math.PI, Math.max(-60, Math.min(60, (pitch * 180) / Math.PI)));
      this.tell();
    }

    turn(key) {
      const [, , across, up] = TURNS[key];
      this.glide(this.state.yaw + across, this.state.pitch + up).then(() => {
        this.chosen = null;
        this.choose(this.at(0.5, 0.5));
      });
    }

    look(yaw, pitch, density) {
      this.state.yaw = yaw;
      this.state.pitch = Math.max(-90, Math.min(90, pitch));
      this.draw(density);
    }

    // Go to a view, in steps unless the reader wants no motion.
    glide(yaw, pitch) {
      const { yaw: from, pitch: low } = this.state;
      const way = ((((yaw - from) % 360) + 540) % 360) - 180;
      const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
      const began = performance.now();
      const lasts = still ? 0 : 200;
      return new Promise((done) => {
        const step = () => {
          const share = lasts ? Math.min(1, (performance.now() - began) / lasts) : 1;
          this.look(from + share * way, low + share * (pitch - low), share < 1 ? 1 : 2);
          if (share < 1) {
            requestAnimationFrame(step);
          } else {
            done();
          }
        };
        step();
      });
    }
  }

  store.turn = (still, run, more) => new Brain(still, run, more);

  // A button on each map of a page whose run has values.
  function offerTurning() {
    const run = document.querySelector("meta[name=transdx-run]");
    if (!run) {
      return;
    }
    document.querySelectorAll("[data-brain]").forEach(function (still) {
      if (still.closest("[data-brain-held]")) {
        return;
      }
      let brain = null;
      const button = make("button", { type: "button", className: "transdx-turn" }, "Turn this brain");
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", function () {
        const open = button.getAttribute("aria-expanded") === "false";
        brain = brain || store.turn(still, run.content);
        button.setAttribute("aria-expanded", String(open));
        button.textContent = open ? "Back to the pictures" : "Turn this brain";
        still.classList.toggle("transdx-turned", open);
        brain.box.hidden = !open;
        if (open) {
          brain.draw();
        }
      });
      still.before(button);
    });
  }

  document.addEventListener("DOMContentLoaded", offerTurning);
})();
