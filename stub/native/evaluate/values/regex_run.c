#include "stub/native/compat.h"

#include "stub/native/evaluate/values/regex.h"

/* The ways in which the pattern may match: of each the instruction that waits for a character, and what has
 * been saved so far. The first is what Python would try first. */
typedef struct Ways {
    int count;
    int16_t *instructions;
    uint32_t *slots; /* of each: num_slots */
} Ways;

/* Left to do while the instructions are followed that take no character: go on elsewhere, or undo a save. */
typedef struct Task {
    int instruction; /* -1: undo */
    int slot;
    uint32_t value;
} Task;

typedef struct Matcher {
    Run *run;
    const Regex *regex;
    int kind;
    const void *data;
    uint32_t length;
    int num_slots;
    uint64_t num_steps; /* since the run was charged */
    uint32_t *seen;     /* of each instruction: the place in the text where it was come by, plus 1 */
    Task *tasks;        /* at most two for each instruction, as each is followed once */
    Ways now, then;
    uint32_t slots[REGEX_SLOTS_MAX];
} Matcher;

/* ------------------------------------------------------------------------------------------- characters */

static bool is_word(Py_UCS4 c, bool is_ascii)
{
    if (is_ascii || c < 128)
        return c < 128 && (Py_ISALNUM(c) || c == '_');
    return Py_UNICODE_ISALNUM(c);
}

static bool is_space(Py_UCS4 c, bool is_ascii)
{
    return is_ascii ? c < 128 && Py_ISSPACE(c) : Py_UNICODE_ISSPACE(c);
}

static bool is_digit(Py_UCS4 c, bool is_ascii)
{
    return is_ascii ? c < 128 && Py_ISDIGIT(c) : Py_UNICODE_ISDECIMAL(c);
}

static bool is_of_class(unsigned classes, Py_UCS4 c, bool is_ascii)
{
    return (classes & (REGEX_DIGIT | REGEX_NO_DIGIT) &&
            classes & (is_digit(c, is_ascii) ? REGEX_DIGIT : REGEX_NO_DIGIT)) ||
           (classes & (REGEX_SPACE | REGEX_NO_SPACE) &&
            classes & (is_space(c, is_ascii) ? REGEX_SPACE : REGEX_NO_SPACE)) ||
           (classes & (REGEX_WORD | REGEX_NO_WORD) &&
            classes & (is_word(c, is_ascii) ? REGEX_WORD : REGEX_NO_WORD));
}

/* As Modules/_sre compares without case. Two characters have no lower case that is ASCII, and still are the
 * same as one (_EXTRA_CASES of Lib/re/_compiler.py): the dotless i and the long s. */
static Py_UCS4 lower(Py_UCS4 c, int flags)
{
    if (!(flags & REGEX_IGNORECASE))
        return c;
    if (c < 128 || flags & REGEX_ASCII)
        return c >= 'A' && c <= 'Z' ? c + 32 : c;
    if (c == 0x131)
        return 'i';
    if (c == 0x17f)
        return 's';
    return (Py_UCS4)Py_UNICODE_TOLOWER(c);
}

static bool is_in_set(const Regex *regex, const RegexSet *set, Py_UCS4 c)
{
    Py_UCS4 lowered = lower(c, regex->flags);
    bool is_in = lowered < 256 && set->latin[lowered / 32] >> lowered % 32 & 1;

    for (int i = 0; !is_in && i < set->num_ranges; i++) {
        const RegexRange *range = &regex->ranges[set->first_range + i];

        is_in = c >= range->first && c <= range->last;
    }
    if (!is_in && set->classes)
        is_in = is_of_class(set->classes, c, regex->flags & REGEX_ASCII);
    return is_in != set->is_negated;
}

static bool takes(const Regex *regex, const RegexInstruction *instruction, Py_UCS4 c)
{
    switch (instruction->code) {
    case REGEX_CHAR:
        return lower(c, regex->flags) == (Py_UCS4)instruction->operand;
    case REGEX_ANY:
        return true;
    case REGEX_ANY_BUT_NEWLINE:
        return c != '\n';
    default:
        return is_in_set(regex, &regex->sets[instruction->operand], c);
    }
}

/* ----------------------------------------------------------------------------------------------- places */

static Py_UCS4 read_at(const Matcher *self, uint32_t at)
{
    return PyUnicode_READ(self->kind, self->data, at);
}

static bool is_boundary(const Matcher *self, uint32_t at)
{
    bool is_ascii = self->regex->flags & REGEX_ASCII;
    bool before = at > 0 && is_word(read_at(self, at - 1), is_ascii);
    bool after = at < self->length && is_word(read_at(self, at), is_ascii);

    return before != after;
}

static bool is_place(const Matcher *self, int code, uint32_t at)
{
    switch (code) {
    case REGEX_TEXT_BEGIN:
        return at == 0;
    case REGEX_TEXT_END:
        return at == self->length;
    case REGEX_LINE_BEGIN:
        return at == 0 || read_at(self, at - 1) == '\n';
    case REGEX_LINE_END:
        return at == self->length || read_at(self, at) == '\n';
    case REGEX_LAST_LINE_END:
        return at == self->length || (at + 1 == self->length && read_at(self, at) == '\n');
    default:
        return is_boundary(self, at) == (code == REGEX_BOUNDARY);
    }
}

/* ------------------------------------------------------------------------------------------------- ways */

static void add_way(const Matcher *self, Ways *ways, int instruction)
{
    ways->instructions[ways->count] = (int16_t)instruction;
    memcpy(ways->slots + (size_t)ways->count * (size_t)self->num_slots, self->slots,
           (size_t)self->num_slots * sizeof(self->slots[0]));
    ways->count++;
}

/* Where to go on from an instruction that takes no character; -1: nowhere. */
static int follow(Matcher *self, int at_instruction, uint32_t at, int *num_tasks)
{
    const RegexInstruction *instruction = &self->regex->instructions[at_instruction];

    switch (instruction->code) {
    case REGEX_JUMP:
        return at_instruction + instruction->operand;
    case REGEX_SPLIT:
        self->tasks[(*num_tasks)++] = (Task){.instruction = at_instruction + instruction->other};
        return at_instruction + instruction->operand;
    case REGEX_SAVE:
        self->tasks[(*num_tasks)++] = (Task){-1, instruction->operand, self->slots[instruction->operand]};
        self->slots[instruction->operand] = at;
        return at_instruction + 1;
    default:
        return is_place(self, instruction->code, at) ? at_instruction + 1 : -1;
    }
}

/* Adds all ways from an instruction on to the next character, with what is in the slots. What has been come
 * by at this place was so by a way that Python tries first. */
static void add_ways(Matcher *self, Ways *ways, int instruction, uint32_t at)
{
    int num_tasks = 0;

    for (;;) {
        while (instruction >= 0 && self->seen[instruction] != at + 1) {
            int code = self->regex->instructions[instruction].code;

            self->seen[instruction] = at + 1;
            self->num_steps++;
            if (code <= REGEX_SET || code == REGEX_MATCH) {
                add_way(self, ways, instruction);
                break;
            }
            instruction = follow(self, instruction, at, &num_tasks);
        }
        while (num_tasks > 0 && self->tasks[num_tasks - 1].instruction < 0) {
            num_tasks--;
            self->slots[self->tasks[num_tasks].slot] = self->tasks[num_tasks].value;
        }
        if (num_tasks == 0)
            return;
        instruction = self->tasks[--num_tasks].instruction;
    }
}

/* Goes on with each way at one place of the text. True: the pattern matches, and @found has the slots of the
 * way, after which no other counts. */
static bool step(Matcher *self, uint32_t at, bool must_be_at_end, uint32_t *found)
{
    const Regex *regex = self->regex;

    self->then.count = 0;
    for (int i = 0; i < self->now.count; i++) {
        const RegexInstruction *instruction = &regex->instructions[self->now.instructions[i]];
        const uint32_t *slots = self->now.slots + (size_t)i * (size_t)self->num_slots;

        self->num_steps++;
        if (instruction->code == REGEX_MATCH) {
            if (must_be_at_end && at != self->length)
                continue;
            memcpy(found, slots, (size_t)self->num_slots * sizeof(*slots));
            found[1] = at;
            return true;
        }
        if (at < self->length && takes(regex, instruction, read_at(self, at))) {
            memcpy(self->slots, slots, (size_t)self->num_slots * sizeof(*slots));
            add_ways(self, &self->then, self->now.instructions[i] + 1, at + 1);
        }
    }
    return false;
}

static void begin_way(Matcher *self, uint32_t at)
{
    memset(self->slots, 0xff, sizeof(self->slots)); /* REGEX_UNSET */
    self->slots[0] = at;
    add_ways(self, &self->now, 0, at);
}

static bool charge(Matcher *self)
{
    uint64_t units = self->num_steps / 2 + 1;

    self->num_steps = 0;
    return run_charge(self->run, units);
}

static int go_through(Matcher *self, RegexWay way, uint32_t *found)
{
    bool has_found = false;

    for (uint32_t at = 0;; at++) {
        Ways passed;

        if (!has_found && (at == 0 || way == REGEX_WAY_SEARCH))
            begin_way(self, at);
        has_found |= step(self, at, way == REGEX_WAY_FULLMATCH, found);
        if (!charge(self))
            return -1;
        passed = self->now;
        self->now = self->then;
        self->then = passed;
        if (at == self->length || (self->now.count == 0 && (has_found || way != REGEX_WAY_SEARCH)))
            return has_found;
    }
}

/* --------------------------------------------------------------------------------------------- the whole */

/* One piece of memory for all; NULL: there is none. */
static void *allocate(Matcher *self)
{
    size_t count = (size_t)self->regex->count;
    size_t slots_bytes = count * (size_t)self->num_slots * sizeof(uint32_t);
    size_t tasks_bytes = 2 * count * sizeof(Task);
    size_t seen_bytes = count * sizeof(uint32_t);
    char *memory = PyMem_Malloc(2 * slots_bytes + tasks_bytes + seen_bytes + 2 * count * sizeof(int16_t));

    if (!memory)
        return NULL;
    self->now.slots = (uint32_t *)memory;
    self->then.slots = (uint32_t *)(memory + slots_bytes);
    self->tasks = (Task *)(memory + 2 * slots_bytes);
    self->seen = (uint32_t *)(memory + 2 * slots_bytes + tasks_bytes);
    self->now.instructions = (int16_t *)(memory + 2 * slots_bytes + tasks_bytes + seen_bytes);
    self->then.instructions = self->now.instructions + count;
    memset(self->seen, 0, seen_bytes);
    return memory;
}

int regex_run(Run *run, const Regex *regex, PyObject *text, RegexWay way, uint32_t slots[REGEX_SLOTS_MAX])
{
    Matcher self;
    void *memory;
    int result;

    /* Since 3.14 the empty text has one. */
    for (int i = 0; PyUnicode_GET_LENGTH(text) == 0 && i < regex->count; i++)
        if (regex->instructions[i].code == REGEX_NO_BOUNDARY) {
            (void)run_refuse_act(run, "looks for `\\B` in an empty text, of which versions of Python differ");
            return -1;
        }
    if (PyUnicode_GET_LENGTH(text) > INT32_MAX || !run_charge(run, 20 + (uint64_t)regex->count / 4)) {
        (void)run_exhaust(run);
        return -1;
    }
    self.run = run;
    self.regex = regex;
    self.kind = (int)PyUnicode_KIND(text);
    self.data = PyUnicode_DATA(text);
    self.length = (uint32_t)PyUnicode_GET_LENGTH(text);
    self.num_slots = 2 * (regex->num_groups + 1);
    self.num_steps = 0;
    self.now.count = self.then.count = 0;
    memory = allocate(&self);
    if (!memory) {
        (void)run_exhaust(run);
        return -1;
    }
    memset(slots, 0xff, REGEX_SLOTS_MAX * sizeof(slots[0]));
    result = go_through(&self, way, slots);
    PyMem_Free(memory);
    return result;
}
