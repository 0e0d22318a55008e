"""A build on a cluster: a real scheduler and its workers, processes on the loopback, lost and changed on purpose."""

import os
import shutil
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path

import pytest

from problemgen import catalog
from problemgen.errors import ClusterFault, ClusterLost, UnknownName
from problemgen.exam.spec import read_spec
from problemgen.rendering import cluster, delivery
from problemgen.rendering.cluster import connected

distributed = pytest.importorskip("distributed", reason="dask.distributed is not installed (problemgen[dask])")
pytestmark = pytest.mark.latex

PACKAGE = Path(cluster.__file__).parent.parent
LOOPBACK = ("--host", "127.0.0.1", "--no-dashboard")
SPEC = """
title = "Quiz"
seed = "cluster"
roster = "roster.csv"

[[questions]]
problem = "cnn/conv_params"
"""


class Machines:
    """A scheduler, and workers that are started in `place` with the environment they are given."""

    def __init__(self, place, started):
        self.place, self.started = place, started
        self.file = place / "scheduler.json"
        self.scheduler = self.process("dask_scheduler", "--port", "0", "--idle-timeout", "10 minutes")

    def process(self, program, *options, **environment):
        log = self.started.enter_context((self.place / "log").open("ab"))
        process = subprocess.Popen(
            [sys.executable, "-m", f"distributed.cli.{program}", "--scheduler-file", self.file, *LOOPBACK, *options],
            cwd=self.place,
            env={**os.environ, "TMPDIR": str(self.place), **environment},
            stdout=log,
            stderr=log,
        )
        self.started.callback(process.wait, 10)
        self.started.callback(process.kill)
        return process

    def workers(self, *each):
        """Start the workers, one with each of the environments; return their processes by address, in this order."""
        options = ("--no-nanny", "--nthreads", "2", "--death-timeout", "60")
        processes = [self.process("dask_worker", *options, **environment) for environment in each]
        self.client.wait_for_workers(len(each), timeout=60)
        addresses = {pid: address for address, pid in self.client.run(os.getpid).items()}
        return {addresses[process.pid]: process for process in processes}

    @cached_property
    def client(self):
        return self.started.enter_context(
            distributed.Client(scheduler_file=str(self.file), set_as_default=False, timeout=60)
        )

    @cached_property
    def address(self):
        return self.client.scheduler.address


@contextmanager
def machines(place):
    place.mkdir(exist_ok=True)
    with ExitStack() as started:
        yield Machines(place, started)


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Return a scheduler with two good workers."""
    with machines(tmp_path_factory.mktemp("machines")) as found:
        found.workers({}, {})
        yield found


@pytest.fixture
def roster(tmp_path):
    def write(students):
        rows = "".join(f"s{number:02},Student {number}\n" for number in range(1, students + 1))
        (tmp_path / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
        (tmp_path / "exam.toml").write_text(SPEC, encoding="utf-8")
        return tmp_path / "exam.toml"

    return write


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


class Killing(delivery.Watcher):
    """Kills the worker that has the most to lose, as soon as there are some papers."""

    def __init__(self, client, workers):
        self.client, self.workers, self.lost = client, workers, 0

    def advanced(self, *_):
        if not self.lost:
            processing, has = self.client.processing(), self.client.has_what()
            held = {worker: len(processing[worker]) + len(has[worker]) for worker in self.workers}
            victim = max(held, key=held.get)
            self.lost = held[victim]
            self.workers[victim].kill()
            self.workers[victim].wait()


def test_papers_are_the_same_bytes_as_built_here_though_a_worker_is_lost_half_way(roster, tmp_path):
    exam = read_spec(roster(42))
    options = delivery.Options(kinds=("questions",))
    with machines(tmp_path / "machines") as found:
        watcher = Killing(found.client, found.workers({}, {}))
        with connected(found.address, "pdflatex") as executor:
            done = delivery.build(exam, tmp_path / "there", options, watcher=watcher, executor=executor)
        assert [process.poll() is None for process in watcher.workers.values()].count(True) == 1
    assert watcher.lost >= 1
    assert (done.papers, done.failures) == (42, {})
    delivery.build(exam, tmp_path / "here", options)
    assert contents(tmp_path / "there") == contents(tmp_path / "here")


def test_the_users_templates_go_with_the_work(two, roster, run_apart, tmp_path):
    roster(3)
    for folder, name, old, new in (
        ("mine", "problems/cnn/conv_params.tex.j2", "%% block stem\n", "%% block stem\nOne of mine. "),
        ("templates", "sheets/questions.tex.j2", "{Points}", "{Marks}"),
    ):
        text = (PACKAGE.parent / "templates" / name).read_text(encoding="utf-8")
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True)
        path.write_text(text.replace(old, new), encoding="utf-8")
    cloud = ("--executor", "dask", "--scheduler", two.address)
    command = ("build", "exam.toml", "--templates", "mine", "--documents", "questions", "--quiet", "--out")
    here, there = run_apart(*command, "here"), run_apart(*command, "there", *cloud)
    assert here == there == (0, "", "")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
    assert "One of mine." in (tmp_path / "there/tex/s01/questions.tex").read_text(encoding="utf-8")
    path = tmp_path / "mine/problems/cnn/conv_params.tex.j2"
    path.write_text("%% block stem\n<< nothing >>\n%% endblock\n", encoding="utf-8")
    here, there = run_apart(*command, "other"), run_apart(*command, "other", *cloud)
    assert here == there
    assert there.err == "mine/problems/cnn/conv_params.tex.j2:2 (block stem): 'nothing' is undefined\n"
    assert not (tmp_path / "other").exists()


def test_errors_of_a_unit_arrive_as_themselves(two):
    with connected(two.address) as executor:
        assert sorted(executor.run(abs, range(-3, 9))) == sorted(map(abs, range(-3, 9)))
        with pytest.raises(UnknownName, match=r"^no problem 'cnn/conv_param'; did you mean 'cnn/conv_params'\?"):
            list(executor.run(catalog.get, ["cnn/conv_param"]))
        with pytest.raises(RuntimeError, match=r"(?s)in a worker:.*ValueError: invalid literal"):
            list(executor.run(int, ["1", "one"]))


def test_workers_that_differ_are_named_before_anything_is_done(roster, run, tmp_path):
    roster(3)
    changed, nothing = tmp_path / "changed", tmp_path / "nothing"
    (nothing / "problemgen").mkdir(parents=True)
    (nothing / "problemgen" / "__init__.py").touch()
    shutil.copytree(PACKAGE, changed / "problemgen", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(PACKAGE.parent / "templates", changed / "templates")
    with (changed / "problemgen/problems/cnn/conv_params.py").open("a", encoding="utf-8") as file:
        file.write("# another line\n")
    with machines(tmp_path / "machines") as found:
        unlike = ({"PYTHONPATH": str(changed)}, {"PYTHONPATH": str(nothing)}, {"PATH": str(nothing)})
        others, none, bare = found.workers(*unlike)
        cloud = ("--executor", "dask", "--scheduler", found.address)
        done = run("build", "exam.toml", *cloud)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)
        assert f"{others} (" in done.err
        assert "): other sources" in done.err
        assert f"{none}: no usable problemgen (" in done.err
        assert f"{bare} (" in done.err
        assert "): no LaTeX that can do it" in done.err
        assert not (tmp_path / "output").exists()
        done = run("build", "exam.toml", *cloud, "--tex-only")
        assert "no LaTeX" not in done.err
        assert "other sources" in done.err


def test_a_worker_that_comes_later_is_asked_too(two, monkeypatch):
    with connected(two.address) as executor:
        monkeypatch.setattr(cluster, "identity", lambda engine: {**IDENTITY(engine), "sympy": "0.1"})
        with pytest.raises(
            ClusterFault, match=r"tcp://127\.0\.0\.1:\d+ \(.*\) came later and has sympy .* \(here 0\.1\)"
        ):
            list(executor.run(abs, [1]))


IDENTITY = cluster.identity


def test_a_cluster_that_is_lost_piece_by_piece_is_told_in_a_line(tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "_PATIENCE_SECONDS", 1)
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 1)
    monkeypatch.setenv("DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES", "0")
    with machines(tmp_path / "machines") as found:
        with pytest.raises(ClusterFault, match=f"{found.address} has no workers; start some: dask worker"):
            connected(found.address).__enter__()
        workers = found.workers({}, {})
        with connected(found.address) as executor:
            with pytest.raises(ClusterLost, match=r"the workers that had a piece of the work were lost .* memory\?"):
                list(executor.run(os._exit, [1]))
            for process in workers.values():
                process.kill()
                process.wait()
            with pytest.raises(ClusterLost, match=f"all workers of {found.address} are gone"):
                list(executor.run(abs, [1, 2, 3]))
            found.scheduler.send_signal(signal.SIGKILL)
            found.scheduler.wait()
            with pytest.raises(ClusterLost, match=f"the scheduler {found.address} was lost; what is finished"):
                list(executor.run(abs, [1, 2, 3]))


def test_what_cannot_begin_is_told_in_a_line(run, roster, tmp_path, monkeypatch):
    roster(3)
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    for options, told in (
        (("--executor", "dask"), "--executor dask needs --scheduler tcp://host:8786, "),
        (("--scheduler", "tcp://host:1"), "--scheduler is the address of a cluster: add --executor dask"),
        (("--executor", "dask", "--scheduler", "tcp://127.0.0.1:1"), "'tcp://127.0.0.1:1' cannot be reached; "),
        (("--executor", "dask", "--scheduler", "host"), "'host' is no address such as tcp://host:8786 ("),
    ):
        done = run("build", "exam.toml", *options)
        assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1), done
        assert told in done.err
    monkeypatch.setitem(sys.modules, "distributed", None)
    done = run("build", "exam.toml", "--executor", "dask", "--scheduler", "tcp://127.0.0.1:1")
    assert (done.code, done.err) == (2, "--executor dask needs dask.distributed: pip install 'problemgen[dask]'\n")
    assert not (tmp_path / "output").exists()
