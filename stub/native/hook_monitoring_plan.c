#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_monitoring_plan.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook.h"
#include "stub/native/hook_bytecode.h"
#include "stub/native/hook_lines.h"

/* Lines that are dear to report, above which it is better not to ask for LINE at all: before they are silent
 * each is reported once. Measured: 60 of them cost about what 2,000 instructions do. */
#define DEAR_LINES_MAX 60

#if PY_VERSION_HEX < 0x030E0000
/* CPython keeps the line of an instruction as a distance of one signed byte from this guess; where that does
 * not reach it decodes the table of lines from its beginning. */
static bool is_line_dear(PyCodeObject *code, int line, int unit)
{
    int distance = line - code->co_firstlineno - (unit >> 4);

    return distance <= -127 || distance > 127;
}
#else
static bool is_line_dear(PyCodeObject *code, int line, int unit)
{
    (void)code;
    (void)line;
    (void)unit;
    return false;
}
#endif

static bool is_line_dear_here_or_often(PyCodeObject *code, const Bytecode *bytecode, const LinePoints *points,
                                       int line)
{
    int num_dear = 0;

    for (int i = bytecode->first_traceable; i < bytecode->num_instructions; i++) {
        if (points->lines[i] == 0 || (i > 0 && points->lines[i] == points->lines[i - 1]))
            continue;
        if (!is_line_dear(code, points->lines[i], bytecode->instructions[i].first_unit))
            continue;
        if (points->lines[i] == line || ++num_dear > DEAR_LINES_MAX)
            return true;
    }
    return false;
}

/* The line begins where control comes from what CPython takes for the same line: it is not reported then. */
static bool is_line_blind(const Bytecode *bytecode, const LinePoints *points, int line)
{
    for (int i = 0; i < bytecode->num_instructions; i++) {
        int line_before = i > 0 ? bytecode->instructions[i - 1].location.line : 0;

        if (points->flags[i] & LINE_POINT_JUMP && bytecode->instructions[i].location.line == line)
            return true;
        if (points->flags[i] & LINE_POINT_FALL && line_before == line && i > bytecode->first_traceable)
            return true;
    }
    return false;
}

/* The first instruction that runs begins the line that RESUME is said to be on. */
static bool is_line_of_resume(const Bytecode *bytecode, int line)
{
    return bytecode->instructions[bytecode->first_traceable - 1].location.line == line;
}

static void add_place(MonitoringPlaces *self, const Bytecode *bytecode, int index)
{
    const Instruction *instruction = &bytecode->instructions[index];
    MonitoringPlace place = {instruction->first_unit, instruction->first_unit + instruction->num_units};

    if (!monitoring_places_have(self, place.first))
        self->places[self->num_places++] = place;
}

/* LINE is reported at the instruction that control comes to. INSTRUCTION too, but also when it comes there
 * within the line: a jump is then watched at its source, where nothing else can have happened. */
static int find_places(MonitoringPlaces *self, const Bytecode *bytecode, const LinePoints *points,
                       bool by_instruction)
{
    const uint8_t arrivals = LINE_POINT_FALL | LINE_POINT_HANDLER;
    int num = 0;

    for (int i = 0; i < bytecode->num_instructions; i++)
        num += points->flags[i] & arrivals && points->flags[i] & LINE_POINT_JUMP ? 2
               : points->flags[i]                                                ? 1
                                                                                 : 0;
    self->places = malloc(sizeof(*self->places) * (size_t)(num + 1));
    if (!self->places)
        return -ENOMEM;
    for (int i = 0; i < bytecode->num_instructions; i++) {
        const Instruction *instruction = &bytecode->instructions[i];

        if (points->flags[i] & arrivals)
            add_place(self, bytecode, i);
        if (!(points->flags[i] & LINE_POINT_JUMP))
            continue;
        if (by_instruction && hook_opcodes_is_unconditional_jump(instruction->opcode) &&
            !(points->flags[instruction->target] & arrivals))
            add_place(self, bytecode, i);
        else
            add_place(self, bytecode, instruction->target);
    }
    return 0;
}

static int plan(MonitoringPlan *self, PyCodeObject *code, const Bytecode *bytecode, const LinePoints *points,
                int line)
{
    self->needs_instruction =
        is_line_dear_here_or_often(code, bytecode, points, line) || is_line_blind(bytecode, points, line);
#if PY_VERSION_HEX >= 0x030D0000
    self->needs_py_start = is_line_of_resume(bytecode, line);
#else
    (void)is_line_of_resume;
#endif
    if (find_places(&self->by_line, bytecode, points, false) < 0 ||
        find_places(&self->by_instruction, bytecode, points, true) < 0)
        return -ENOMEM;
    return 0;
}

int monitoring_plan_init(MonitoringPlan *self, PyCodeObject *code, int line)
{
    MonitoringPlan fresh = {0};
    Bytecode bytecode;
    LinePoints points;
    int result = bytecode_init(&bytecode, code);

    if (result != 0)
        return result == -EINVAL ? HOOK_E_UNPATCHABLE : result;
    result = line_points_init(&points, &bytecode, line);
    if (result == 0) {
        result = points.has_line ? plan(&fresh, code, &bytecode, &points, line) : HOOK_E_NO_LINE;
        line_points_deinit(&points);
    }
    bytecode_deinit(&bytecode);
    if (result == 0)
        *self = fresh;
    else
        monitoring_plan_deinit(&fresh);
    return result;
}

bool monitoring_places_have(const MonitoringPlaces *self, int unit)
{
    for (int i = 0; i < self->num_places; i++) {
        if (unit >= self->places[i].first && unit < self->places[i].end)
            return true;
    }
    return false;
}

void monitoring_plan_deinit(MonitoringPlan *self)
{
    free(self->by_line.places);
    free(self->by_instruction.places);
    *self = (MonitoringPlan){0};
}
