"""The manifest compiler: what it writes, and every mistake as FILE:LINE."""

import subprocess
import sys

import pytest

from cormlib import manifest as compiled
from cormlib.cheader import header
from cormlib.paths import BOARDS, SYSTEMS, TOOLS
from manifest.compile import compile_file
from manifest.source import ManifestError

DRIVER = """\
[component.serial]
program  = "drivers/serial"
device   = ["ports:0x3f8+8", "irq:4"]
provides = ["line"]
memory   = "64K"
priority = 200
budget   = { us = 500, every_us = 1000 }
"""
CLIENT = """\
[component.world]
program  = "servers/world"
uses     = ["line"]
memory   = "rest"
priority = 100
budget   = "rest"
"""


@pytest.fixture
def system(tmp_path):
    """system(text) compiles a manifest in a tree that has the programs above."""
    for program in ("drivers/serial", "servers/world"):
        (tmp_path / program).mkdir(parents=True)
        (tmp_path / program / "meson.build").touch()

    def build(text, board=None):
        path = tmp_path / "system.toml"
        path.write_text(text)
        if board is not None:
            (tmp_path / "board.toml").write_text(board)
        return compiled.parse(compile_file(path, tmp_path, board and tmp_path / "board.toml"))

    build.root = tmp_path

    return build


def mistake(system, text, board=None):
    """(line, what) of the mistake in `text`."""
    with pytest.raises(ManifestError) as caught:
        system(text, board)
    _, line, what = str(caught.value).split(":", 2)
    return int(line), what


def test_a_provider_starts_before_its_client(system):
    result = system(CLIENT + DRIVER)
    assert [item["name"] for item in result.components] == ["serial", "world"]
    session, = result.sessions
    assert (session["service"], session["client"], session["provider"]) == ("line", 1, 0)


def test_the_rest_of_the_time_is_what_others_and_init_leave(system):
    world = system(DRIVER + CLIENT).components[1]
    assert world["budget_ns"] * 100 == 48 * world["period_ns"]


def test_the_rest_of_the_memory_is_marked(system):
    abi = header("manifest.h")
    world = system(DRIVER + CLIENT).components[1]
    assert world["memory_bytes"] == abi["MANIFEST_REST"] & (1 << 64) - 1


def test_devices_belong_to_their_component(system):
    devices = system(DRIVER).devices
    kinds = header("component.h")
    assert [(item["kind"], item["base"], item["size"]) for item in devices] == [
        (kinds["DEVICE_PORTS"], 0x3F8, 8), (kinds["DEVICE_IRQ"], 4, 0)]


def test_a_log_is_a_session_of_everybody_and_of_init(system):
    abi = header("manifest.h")
    result = system('[system]\nlog = "serial"\n' + DRIVER + CLIENT)
    logs = [item for item in result.sessions if item["service"] == "log"]
    assert [item["client"] for item in logs] == [abi["MANIFEST_INIT"] & 0xFFFFFFFF, 1]
    assert len({item["badge"] for item in result.sessions}) == len(result.sessions)


def test_objects_may_be_a_share_of_the_memory(system):
    abi = header("manifest.h")
    world = system(DRIVER + CLIENT + 'objects = "1/8"\n').components[1]
    assert world["object_bytes"] == abi["MANIFEST_SHARE"] | 8
    assert world["flags"] & abi["COMPONENT_FLAG_OBJECTS"]


def test_who_makes_objects_may_say_how_many_slots_it_begins_with(system):
    world = DRIVER + CLIENT + 'objects = "1/8"\n'
    assert system(world).components[1]["table_slots_log2"] == \
        header("component.h")["COMPONENT_TABLE_SLOTS_LOG2_OBJECTS"]
    assert system(world + "slots = 512\n").components[1]["table_slots_log2"] == 9
    for slots in (500, 256, 1 << 17):
        assert mistake(system, world + f"slots = {slots}\n")[1].startswith(" slots: ")
    assert "makes no objects" in mistake(system, DRIVER + CLIENT + "slots = 512\n")[1]


def test_who_makes_objects_may_have_time_on_every_processor(system):
    flag = header("manifest.h")["COMPONENT_FLAG_PROCESSORS"]
    world = DRIVER + CLIENT + 'objects = "1/8"\n'
    assert not system(world + "processors = 1\n").components[1]["flags"] & flag
    assert system(world + 'processors = "all"\n').components[1]["flags"] & flag
    assert 'neither 1 nor "all"' in mistake(system, world + "processors = true\n")[1]
    assert 'neither 1 nor "all"' in mistake(system, world + "processors = 2\n")[1]
    assert "makes no objects" in mistake(system, DRIVER + CLIENT + 'processors = "all"\n')[1]


FINDER = """\
[component.finder]
program  = "servers/world"
tree     = true
memory   = "64K"
priority = 250
budget   = { us = 10, every_us = 1000 }
"""
BOARD = FINDER + """\
[component.serial]
program  = "drivers/serial"
device   = "fdt:acme,line"
dma      = "8K"
memory   = "1M"
[component.other]
program  = "drivers/none"
"""
BARE = "\n".join(line for line in DRIVER.splitlines()
                 if not line.startswith(("program", "device"))) + "\n"
DRIVER_TOML = """\
matches = ["fdt:acme,line", "fdt:acme,lines"]
probe   = { offset = 8, value = 3 }
dma     = "8K"
"""


def test_a_board_says_what_a_system_leaves_out(system):
    result = system('[system]\nlog = "serial"\n' + BARE, BOARD)
    kinds = header("component.h")
    serial, finder = result.components
    assert (serial["name"], serial["program"], serial["memory_bytes"]) == (
        "serial", "drivers/serial", 64 << 10)
    assert finder["flags"] == header("manifest.h")["COMPONENT_FLAG_TREE"]
    assert [(item["name"], item["kind"], item["from_tree"]) for item in result.devices] == [
        ("fdt:acme,line", kinds["DEVICE_MEMORY"], 1), ("fdt:acme,line", kinds["DEVICE_IRQ"], 1),
        ("dma", kinds["DEVICE_DMA"], 0)]
    assert [item["client"] for item in result.sessions] == [header("manifest.h")["MANIFEST_INIT"]]


def test_nobody_looks_for_devices_of_a_tree_in_a_system_without_them(system):
    assert [item["name"] for item in system(DRIVER, BOARD).components] == ["serial"]


def test_a_driver_says_how_its_device_is_known_and_whether_it_interrupts(system):
    driver = system.root / "drivers" / "serial" / "driver.toml"
    driver.write_text(DRIVER_TOML)
    registers = system(BARE, BOARD).devices[0]
    assert [registers[f"probe_{key}"] for key in ("offset", "mask", "value")] == [8, 0xFFFFFFFF, 3]
    driver.write_text(DRIVER_TOML + "interrupt = false\n")
    assert [item["name"] for item in system(BARE, BOARD).devices] == ["fdt:acme,line", "dma"]


def test_a_driver_gets_only_what_it_drives_and_all_that_it_needs(system):
    (system.root / "drivers" / "serial" / "driver.toml").write_text(DRIVER_TOML)
    line, what = mistake(system, BARE, BOARD.replace("acme,line", "acme,blob"))
    assert (line, "drives no fdt:acme,blob" in what) == (9, True)
    line, what = mistake(system, BARE, BOARD.replace('dma      = "8K"\n', ""))
    assert "nothing keeps the device in it" in what


def test_the_device_tree_is_for_one_who_needs_nobody(system):
    tree = DRIVER.replace('["ports:0x3f8+8", "irq:4"]', '"fdt:acme,line"')
    assert "no component has tree = true" in mistake(system, tree)[1]
    second = FINDER.replace("finder", "second")
    assert "has the device tree already" in mistake(system, tree + FINDER + second)[1]
    assert "runs before all others" in mistake(system, tree + FINDER + 'uses = ["line"]\n')[1]
    assert mistake(system, tree + FINDER.replace("64K", "65K"))[0] == 11


CYCLE = DRIVER + 'uses = ["news"]\n' + CLIENT.replace("100", "200") + 'provides = ["news"]\n'
SECOND = DRIVER.replace("serial]", "other]").replace('"line"', '"lane"')

MISTAKES = {
    "an unknown key": (DRIVER + "colour = 1\n", 8, "unknown key colour"),
    "a request limit of nothing": (DRIVER + "max_request_us = 1\n", 8, "microseconds"),
    "an unknown table": ("[colour]\na = 1\n" + DRIVER, 1, "unknown table"),
    "an unknown key of the system": ('[system]\nlogs = "a"\n' + DRIVER, 2, "unknown key logs"),
    "an unknown program": (DRIVER.replace("drivers/serial", "drivers/nothing"), 2,
                           "unknown program drivers/nothing"),
    "an unknown service": (DRIVER + CLIENT.replace('"line"', '"lines"'), 10, "unknown service"),
    "a service of one's own": (DRIVER + 'uses = ["line"]\n', 8, "its own service"),
    "an unknown log": ('[system]\nlog = "nobody"\n' + DRIVER, 2, "no component nobody"),
    "a device that cannot be granted": (DRIVER.replace("irq:4", "pci:1af4:1000"), 3,
                                        "no device that can be granted"),
    "ports past the last": (DRIVER.replace("0x3f8+8", "0xffff+2"), 3, "0 to 0xffff"),
    "two owners of one interrupt": (
        DRIVER + SECOND.replace("0x3f8", "0x2f8"), 10, "irq:4 already belongs to serial (line 3)"),
    "two owners of one port": (
        DRIVER + SECOND.replace("0x3f8", "0x3ff").replace("irq:4", "irq:5"), 10,
        "ports:0x3ff+8 already belongs to serial"),
    "one device twice": (DRIVER.replace('"irq:4"', '"irq:4", "irq:4"'), 3, "already belongs"),
    "a circle": (CYCLE, 8, "in a circle: serial -> world -> serial"),
    "too much time": (DRIVER + SECOND.replace('["ports:0x3f8+8", "irq:4"]', "[]"), 14,
                      "over 100 % of a processor with other"),
    "a budget over its period": (DRIVER.replace("= 500", "= 1500"), 7, "within its period"),
    "a budget without a period": (DRIVER.replace(", every_us = 1000", ""), 7, "us and every_us"),
    "an unknown key of a budget": (DRIVER.replace("every", "each"), 7, "unknown key each_us"),
    "a server under its client": (DRIVER.replace("200", "99") + CLIENT, 6,
                                  "the floor of serial (99) is under the priority of its client"),
    "a floor under a client": (DRIVER + "floor = 50\n" + CLIENT, 8, "the floor of serial (50)"),
    "a name twice": (DRIVER + DRIVER, 8, "Cannot declare"),
    "a key twice": (DRIVER + 'memory = "64K"\n', 8, "Cannot overwrite"),
    "a service twice": (DRIVER + SECOND.replace('"lane"', '"line"').replace(
        '["ports:0x3f8+8", "irq:4"]', "[]"), 11, "already provided by serial"),
    "a size without a unit": (DRIVER.replace('"64K"', "65536"), 5, "is not a size"),
    "a size that is no power of two": (DRIVER.replace('"64K"', '"96K"'), 5, "power of two"),
    "a priority out of range": (DRIVER.replace("200", "255"), 6, "is not a priority"),
    "a truth that is a number": (DRIVER + "essential = 1\n", 8, "not true or false"),
    "an unknown policy": (DRIVER + 'restart = { policy = "hope" }\n', 8, "no restart policy"),
    "no memory": (DRIVER.replace('memory   = "64K"\n', ""), 1, "serial needs memory"),
    "two that take the rest": (
        DRIVER + CLIENT + CLIENT.replace("world]", "moon]"), 17, "rest\" is already taken by"),
    "a bad name": (DRIVER.replace("serial]", "Serial]"), 1, "is no name"),
    "no component": ('[system]\n', 1, "needs a [component.NAME]"),
    "memory for a device that is no power of two": (DRIVER + 'dma = "12K"\n', 8, "power of two"),
    "memory for a device without end": (DRIVER + 'dma = "1G"\n', 8, "more than a device may"),
    "no TOML": (DRIVER + "this is not toml\n", 8, "Expected"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_line(system, name):
    text, line, what = MISTAKES[name]
    found_line, found = mistake(system, text)
    assert what in found and found_line == line


def test_the_command_says_the_mistake_and_fails(tmp_path):
    path = tmp_path / "bad.toml"
    path.write_text("[component.a]\n")
    result = subprocess.run([sys.executable, TOOLS / "manifest", path, "--check"], text=True,
                            capture_output=True)
    assert result.returncode == 1 and result.stderr.startswith(f"{path}:1: a needs program")


@pytest.mark.parametrize("board", sorted(BOARDS.glob("*.toml")), ids=lambda path: path.stem)
@pytest.mark.parametrize("path", sorted(SYSTEMS.glob("*.toml")), ids=lambda path: path.stem)
def test_every_system_of_the_project_compiles_for_every_board(path, board):
    assert compiled.parse(compile_file(path, board=board)).components
