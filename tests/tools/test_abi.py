"""The generator of tools/abigen: what it refuses, and that what it writes compiles and works."""

import shutil
import subprocess

import pytest

from abigen import emit
from abigen.contract import load
from abigen.model import ContractError
from cormlib.paths import ABI, ROOT

STATUS = "OK = 0 ## done\nRANGE = 1 ## too far\n"
SYSCALL = "syscall call = handle ## invoke\nsyscall yield = slot0 1 ## let others run\n"
OBJECT = """\
object box = 1
  ## A box.
  right open = 0x1
  ## Put something in.
  op put = 1 needs open (what: u64, where: cap box open) -> (left: u64)
  errors: RANGE
  op call = 2 needs open
"""
INTO_TABLE = OBJECT.replace("where: cap box open", "to: slot") + (
    "object table = 2\n  right manage = 0x1\n")


@pytest.fixture
def abi(tmp_path):
    """Writes a small contract; keyword arguments replace its files, `idl` adds mix.idl."""

    def write(status=STATUS, syscall=SYSCALL, object=OBJECT, idl=None):
        folder = tmp_path / "abi"
        (folder / "idl").mkdir(parents=True)
        (folder / "status.def").write_text(status)
        (folder / "syscall.def").write_text(syscall)
        (folder / "object.def").write_text(object)
        if idl:
            (folder / "idl" / "mix.idl").write_text(idl)
        return folder

    return write


def refused(folder):
    with pytest.raises(ContractError) as caught:
        load(folder)
    return str(caught.value)


def test_a_number_used_twice_names_both_lines(abi):
    text = refused(abi(status=STATUS + "OTHER = 1 ## again\n"))
    assert text.startswith("abi/status.def:3:") and "abi/status.def:2" in text


def test_the_first_status_is_ok(abi):
    assert "OK = 0" in refused(abi(status="RANGE = 1 ## too far\n"))


def test_a_status_without_meaning_is_refused(abi):
    assert "no meaning" in refused(abi(status="OK = 0\n"))


def test_an_unknown_error_is_refused(abi):
    assert "NOWHERE" in refused(abi(object=OBJECT.replace("RANGE", "NOWHERE")))


def test_an_unknown_right_is_refused(abi):
    assert "no right 'shut'" in refused(abi(object=OBJECT.replace("needs open", "needs shut", 1)))


@pytest.mark.parametrize(("kind", "why"), [
    ("cap", "say which object"), ("cap tub", "no object 'tub'"),
    ("cap box shut", "no right 'shut'"), ("cap box, what: cap box", "stands twice"),
    ("cap box, a: cap box, b: cap box, c: cap box", "more than 3 capabilities")])
def test_a_capability_argument_says_what_it_must_be(abi, kind, why):
    assert why in refused(abi(object=OBJECT.replace("cap box open", kind)))


def test_a_destination_is_two_words(abi):
    files = emit.everything(load(abi(object=INTO_TABLE)))
    assert "cap_t box, uint64_t what, cap_t table, uint64_t index," in files["kernel_calls.h"]


def test_a_destination_cannot_come_first(abi):
    assert "cannot come first" in refused(abi(object=INTO_TABLE.replace("what: u64, ", "")))


def test_a_destination_is_the_only_capability(abi):
    both = INTO_TABLE.replace("to: slot", "to: slot, where: cap box")
    assert "only capability" in refused(abi(object=both))


def test_a_destination_needs_a_table(abi):
    assert "no object 'table'" in refused(abi(object=INTO_TABLE.split("object table")[0]))


def test_overlapping_rights_are_refused(abi):
    assert "overlaps" in refused(abi(object=OBJECT.replace(
        "  right open = 0x1\n", "  right open = 0x1\n  right shut = 0x3\n")))


def test_operation_number_zero_is_refused(abi):
    assert "does not fit a handle" in refused(abi(object=OBJECT.replace("put = 1", "put = 0")))


def test_nine_words_are_refused(abi):
    args = ", ".join(f"a{index}: u64" for index in range(9))
    assert "more than 8 words" in refused(abi(object=OBJECT.replace(
        "what: u64, where: cap box open", args)))


def test_a_hole_between_fields_is_refused(abi):
    text = refused(abi(idl="interface mix = 1\ncall a(x: u8, y: u32)\n"))
    assert text.startswith("abi/idl/mix.idl:2:") and "'y' at byte 1 needs padding" in text


def test_more_than_eight_words_in_an_interface_are_refused(abi):
    assert "use a ring" in refused(abi(idl="interface mix = 1\ncall a(x: bytes[65])\n"))


def test_two_capabilities_in_one_message_are_refused(abi):
    assert "one capability" in refused(abi(idl="interface mix = 1\ncall a(x: cap, y: cap)\n"))


def test_an_interface_lives_in_the_file_of_its_name(abi):
    assert "other.idl" in refused(abi(idl="interface other = 1\n"))


def test_an_open_parenthesis_is_refused(abi):
    assert "not closed" in refused(abi(idl="interface mix = 1\ncall a(x: u8,\n"))


def test_a_message_operation_has_no_stub(abi):
    files = emit.everything(load(abi()))
    assert "box_put" in files["kernel_calls.h"] and "box_call" not in files["kernel_calls.h"]
    assert "BOX_OP_CALL = 2" in files["object.h"]


def test_the_real_contract_keeps_to_100_columns():
    for name, text in emit.everything(load(ABI)).items():
        if name.endswith(".h"):
            assert max(map(len, text.splitlines())) <= 100, name


MIX = """\
interface mix = 9
call scalars(a: u32, b: u16, c: u8, d: u8, e: u64) -> (f: u8, g: u8, h: u16, i: u32)
call bytes(name: bytes[12], size: u32) -> (tail: bytes[5])
call caps(c: cap, n: u64) -> (d: cap)
"""

# A client stub's call goes straight into the dispatcher: what one packs the other must unpack.
ROUND_TRIP = r"""
#include <assert.h>
#include <string.h>
#include <corm/status.h>
#include "abi/message.h"
struct session { uint32_t generation; };
status_t session_call(struct session *session, struct message *m);
#include <corm/mix_client.h>
#include <corm/mix_server.h>

static status_t scalars(void *ctx, uint64_t badge, uint32_t a, uint16_t b, uint8_t c, uint8_t d,
                        uint64_t e, uint8_t *f, uint8_t *g, uint16_t *h, uint32_t *i)
{
    assert(ctx == (void *)1 && badge == 77);
    assert(a == 0x11223344 && b == 0x5566 && c == 0x77 && d == 0x88 && e == ~0ull);
    *f = 1; *g = 2; *h = 0xabcd; *i = 0xdeadbeef;
    return OK;
}
static status_t bytes(void *ctx, uint64_t badge, const uint8_t name[12], uint32_t size,
                      uint8_t tail[5])
{
    (void)ctx, (void)badge;
    if (size == 0)
        return RANGE;
    assert(memcmp(name, "hello, world", 12) == 0 && size == 0xfedcba98);
    memcpy(tail, "tails", 5);
    return OK;
}
static status_t caps(void *ctx, uint64_t badge, cap_t c, uint64_t n, cap_t *d)
{
    (void)ctx, (void)badge;
    assert(c == 40 && n == 5);
    *d = 41;
    return OK;
}
static const struct mix_ops ops = {scalars, bytes, caps};
static struct message last;

/* Stands for the kernel: a sent capability arrives in the other side's receive slot. */
status_t session_call(struct session *session, struct message *m)
{
    const uint32_t client_slot = tag_receive_slot(m->tag);
    const uint64_t sent = tag_send_slot(m->tag);
    m->tag = (m->tag & 0xffff) | (uint64_t)session->generation << TAG_GENERATION_SHIFT;
    m->tag |= (sent ? 40ull : 0) << TAG_RECEIVE_SLOT_SHIFT;
    mix_dispatch(&ops, (void *)1, 77, 3, m);
    last = *m;
    if (tag_send_slot(m->tag))
        m->tag |= (uint64_t)client_slot << TAG_RECEIVE_SLOT_SHIFT;
    return OK;
}

int main(void)
{
    struct session good = {3}, old = {2};
    uint8_t f, g, tail[5];
    uint16_t h;
    uint32_t i = 9;
    assert(mix_scalars(&good, 0x11223344, 0x5566, 0x77, 0x88, ~0ull, &f, &g, &h, &i) == OK);
    assert(f == 1 && g == 2 && h == 0xabcd && i == 0xdeadbeef);
    assert(mix_bytes(&good, (const uint8_t *)"hello, world", 0xfedcba98, tail) == OK);
    assert(memcmp(tail, "tails", 5) == 0 && last.words[0] >> 40 == 0);
    assert(mix_bytes(&good, (const uint8_t *)"hello, world", 0, tail) == RANGE);
    assert(mix_caps(&good, 12, 5, 50) == OK && tag_send_slot(last.tag) == 41);

    i = 9;
    assert(mix_scalars(&old, 0, 0, 0, 0, 0, &f, &g, &h, &i) == STALE && i == 9);

    struct message unknown = {.tag = TAG(55, 0)};
    mix_dispatch(&ops, 0, 0, 0, &unknown);
    assert(unknown.tag == METHOD);
    struct message short_one = {.tag = TAG(MIX_SCALARS, 1)};
    mix_dispatch(&ops, 0, 0, 0, &short_one);
    assert(short_one.tag == METHOD);
    struct message no_cap = {.tag = TAG(MIX_CAPS, 1)};
    mix_dispatch(&ops, 0, 0, 0, &no_cap);
    assert(no_cap.tag == METHOD);
    return 0;
}
"""


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_stubs_and_dispatchers_agree_about_every_field(tmp_path, abi, compiler):
    folder = abi(status=(ABI / "status.def").read_text(), idl=MIX)
    generated = tmp_path / "corm"
    generated.mkdir()
    for name, text in emit.everything(load(folder)).items():
        (generated / name).write_text(text)
    (tmp_path / "sdk" / "ipc").mkdir(parents=True)
    (tmp_path / "sdk" / "ipc" / "session.h").write_text("")
    shutil.copytree(ABI, tmp_path / "abi", dirs_exist_ok=True)
    (tmp_path / "t.c").write_text(ROUND_TRIP)
    subprocess.run([compiler, "-std=gnu11", "-Wall", "-Wextra", "-Werror", "-fsanitize=undefined",
                    "-I", tmp_path, tmp_path / "t.c", "-o", tmp_path / "t"], check=True)
    subprocess.run([tmp_path / "t"], check=True)


def test_the_generator_leaves_equal_headers_untouched(tmp_path):
    command = ["/usr/bin/python3", ROOT / "tools" / "abi.py", "--out", tmp_path]
    subprocess.run(command, check=True)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    subprocess.run(command, check=True)
    assert before == {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
