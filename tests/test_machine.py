"""How many cores the process has, by control groups made by hand."""

import pytest

from model import machine

AT_THE_ROOT, NESTED = "0::/\n", "0::/docker/abc\n"
VERSION_1 = "11:memory:/a\n4:cpu,cpuacct:/docker/abc\n1:name=systemd:/\n0::/system\n"


@pytest.fixture
def cores(tmp_path, monkeypatch):
    """The cores of a process that may run on eight, with these files."""
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(8)), raising=False)

    def counted(groups, **files):
        files = {f"sys/fs/cgroup/{name}": text for name, text in files.items()}
        for name, text in ({"proc/self/cgroup": groups} | files).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text)
        return machine.cores(tmp_path)

    return counted


@pytest.mark.parametrize(
    ("quota", "expected"),
    [
        ("max 100000\n", 8),
        ("200000 100000\n", 2),
        ("350000 100000\n", 3),
        ("50000 100000\n", 1),
        ("25000 50000\n", 1),
        ("9900000 100000\n", 8),
        ("nonsense", 8),
        ("", 8),
        ("200000 0", 8),
    ],
)
def test_a_quota_is_counted_in_whole_cores_one_at_least(cores, quota, expected):
    assert cores(AT_THE_ROOT, **{"cpu.max": quota}) == expected


def test_the_narrowest_of_the_groups_around_it_holds(cores):
    quotas = {
        "docker/abc/cpu.max": "600000 100000",
        "docker/cpu.max": "300000 100000",
        "cpu.max": "max 100000",
    }
    assert cores(NESTED, **quotas) == 3


@pytest.mark.parametrize("folder", ["", "docker/abc/"], ids=["in its container", "on its host"])
def test_a_quota_of_version_1_is_two_files(cores, folder):
    quota, period = f"cpu/{folder}cpu.cfs_quota_us", f"cpu/{folder}cpu.cfs_period_us"
    assert cores(VERSION_1, **{quota: "-1\n", period: "100000\n"}) == 8
    assert cores(VERSION_1, **{quota: "250000\n", period: "100000\n"}) == 2


def test_a_path_that_leads_out_of_what_is_mounted_is_no_trouble(cores):
    assert cores("0::/../../elsewhere\n", **{"cpu.max": "200000 100000"}) == 2


def test_without_control_groups_it_is_what_the_process_may_run_on(tmp_path, monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {3, 5}, raising=False)
    assert machine.cores(tmp_path) == 2


def test_where_nothing_says_what_it_may_run_on_it_is_all_cores(tmp_path, monkeypatch):
    monkeypatch.delattr("os.sched_getaffinity", raising=False)
    monkeypatch.setattr("os.cpu_count", lambda: 6)
    assert machine.cores(tmp_path) == 6


@pytest.mark.parametrize(("cores_", "threads"), [(1, 1), (2, 2), (3, 3), (4, 3), (16, 15)])
def test_from_four_cores_on_one_is_spared_for_the_event_loop(monkeypatch, cores_, threads):
    monkeypatch.setattr(machine, "cores", lambda: cores_)
    assert machine.threads() == threads


def test_what_the_processor_can_do_is_what_linux_says(tmp_path):
    assert machine.features(tmp_path) == set()
    (tmp_path / "proc").mkdir()
    (tmp_path / "proc/cpuinfo").write_text("processor\t: 0\nflags\t\t: fpu amx_bf16 amx_int8\nbugs\t: none\n")
    assert machine.features(tmp_path) == {"fpu", "amx_bf16", "amx_int8"}
