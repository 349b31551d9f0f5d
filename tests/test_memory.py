"""Work that cannot fit into memory is refused before it begins."""

from __future__ import annotations

import subprocess
import sys

import psutil
import pytest

from transdx import _memory
from transdx._memory import check_memory
from transdx.errors import InputError


@pytest.fixture
def free(monkeypatch):
    """Let so many bytes be free."""

    def let(size):
        monkeypatch.setattr(_memory, "free_memory", lambda: size)

    return let


def test_what_fits_exactly_may_be_done_and_one_byte_more_may_not(free):
    free(3 * 2**30)
    check_memory("5 draws", 3 * 2**30)
    with pytest.raises(InputError, match=r"^5 draws need at least 4 GiB .* but 3\.0 GiB are free"):
        check_memory("5 draws", 3 * 2**30 + 1)


def test_sizes_beyond_any_number_of_the_machine_are_said(free):
    free(2**30)
    with pytest.raises(InputError, match=r"need at least 10(,000){133} GiB"):
        check_memory("so many", 10**400 * 2**30)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit of the address space")
def test_a_limit_of_the_address_space_counts():
    code = (
        "import resource, psutil; from transdx._memory import free_memory; "
        "taken = psutil.Process().memory_info().vms; "
        "resource.setrlimit(resource.RLIMIT_AS, (taken + 2**27, -1)); "
        "print(free_memory() <= 2**27, free_memory() > 2**25)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "True"]


@pytest.mark.parametrize(
    ("cgroup", "file"),
    [
        ("0::/user/job\n", "sys/fs/cgroup/user/job/memory.max"),
        ("0::/user/job\n", "sys/fs/cgroup/user/memory.max"),
        ("0::/elsewhere\n", "sys/fs/cgroup/memory.max"),
        ("4:cpu:/a\n3:memory:/a\n", "sys/fs/cgroup/memory/a/memory.limit_in_bytes"),
        ("3:hugetlb,memory:/b\n", "sys/fs/cgroup/memory/memory.limit_in_bytes"),
    ],
)
def test_limits_of_control_groups_count(tmp_path, cgroup, file):
    (tmp_path / "proc/self").mkdir(parents=True)
    (tmp_path / "proc/self/cgroup").write_text(cgroup)
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("123456789\n")
    unlimited = tmp_path / "sys/fs/cgroup/user/job/memory.max"
    if not unlimited.exists():
        unlimited.parent.mkdir(parents=True, exist_ok=True)
        unlimited.write_text("max\n")
    assert list(_memory._group_limits(tmp_path)) == [123456789]


def test_without_control_groups_there_is_no_limit(tmp_path):
    assert list(_memory._group_limits(tmp_path)) == []


def test_the_smallest_limit_is_what_is_free(monkeypatch):
    taken = psutil.Process().memory_info().rss
    monkeypatch.setattr(_memory, "_group_limits", lambda: [taken + 2**40, taken + 2**26])
    assert 2**24 < _memory.free_memory() <= 2**26
    monkeypatch.setattr(_memory, "_group_limits", lambda: [1])
    assert _memory.free_memory() == 0
