#include "stub/native/hook_opcodes.h"

#include "stub/native/hook_clone_code.h"

#include <errno.h>
#include <stdlib.h>

#include "stub/native/hook_lines.h"

/* What the hooks ask of an instruction of the original. */
typedef struct Place {
    int hook;           /* index of the line whose hook stands before it, or -1 */
    bool falls_to_hook; /* on coming from the instruction before */
    bool handles_to_hook;
    bool jumps_to_hook; /* on taking its own jump, to the hook of its target */
} Place;

/* An instruction of the clone. */
typedef struct Piece {
    int opcode;
    int argument;
    int num_units; /* prefixes and caches included */
    int num_caches;
    int source; /* the instruction of the original that it is, or -1: inserted */
    int target; /* of a jump: the index of a piece; -1: it is none */
    int unit;   /* where it begins */
    const CodeLocation *location;
} Piece;

typedef struct Clone {
    PyCodeObject *original;
    Bytecode bytecode;
    const CloneLine *lines;
    int num_lines;
    Place *places;
    CodeLocation *line_locations;
    Piece *pieces;
    int num_pieces;
    int *before; /* for each instruction of the original: the piece that comes first of what stands for it, */
    int *hook;   /* the piece that its hook begins with, */
    int *self;   /* and the piece that it is itself */
    int num_units;
    int stack_size;
} Clone;

/* --------------------------------------------------------------------------------------------------- places
 */

static void set_place(Clone *clone, int index, int hook)
{
    Place *place = &clone->places[index];
    int depth = clone->bytecode.instructions[index].depth + 1;

    place->hook = hook;
    if (clone->stack_size < depth)
        clone->stack_size = depth;
}

static int find_places_of_line(Clone *clone, int hook)
{
    LinePoints points;
    int result = line_points_init(&points, &clone->bytecode, clone->lines[hook].line);

    if (result < 0)
        return result;
    for (int i = 0; points.has_line && i < clone->bytecode.num_instructions; i++) {
        int target = clone->bytecode.instructions[i].target;

        if (points.flags[i] & (LINE_POINT_FALL | LINE_POINT_HANDLER))
            set_place(clone, i, hook);
        clone->places[i].falls_to_hook |= (points.flags[i] & LINE_POINT_FALL) != 0;
        clone->places[i].handles_to_hook |= (points.flags[i] & LINE_POINT_HANDLER) != 0;
        if (points.flags[i] & LINE_POINT_JUMP) {
            set_place(clone, target, hook);
            clone->places[i].jumps_to_hook = true;
        }
    }
    line_points_deinit(&points);
    return 0;
}

static int find_places(Clone *clone)
{
    int num = clone->bytecode.num_instructions;

    clone->places = calloc((size_t)num + 1, sizeof(*clone->places));
    clone->line_locations = calloc((size_t)clone->num_lines + 1, sizeof(*clone->line_locations));
    if (!clone->places || !clone->line_locations)
        return -ENOMEM;
    clone->stack_size = clone->original->co_stacksize;
    for (int i = 0; i < num; i++)
        clone->places[i].hook = -1;
    for (int i = 0; i < clone->num_lines; i++) {
        int result = find_places_of_line(clone, i);

        if (result < 0)
            return result;
        clone->line_locations[i] = (CodeLocation){clone->lines[i].line, clone->lines[i].line, -1, -1};
    }
    return 0;
}

/* --------------------------------------------------------------------------------------------------- pieces
 */

static int num_prefixes(int argument)
{
    unsigned value = (unsigned)argument;

    return value > 0xFFFFFF ? 3 : value > 0xFFFF ? 2 : value > 0xFF ? 1 : 0;
}

static Piece *add_piece(Clone *clone, int opcode, int argument, int num_caches, const CodeLocation *location)
{
    Piece *piece = &clone->pieces[clone->num_pieces++];

    *piece = (Piece){
        .opcode = opcode,
        .argument = argument,
        .num_units = num_prefixes(argument) + 1 + num_caches,
        .num_caches = num_caches,
        .source = -1,
        .target = -1,
        .location = location,
    };
    return piece;
}

/* The call, and a jump over it for who comes from the instruction before without beginning the line. */
static void add_hook(Clone *clone, int index)
{
    const Place *place = &clone->places[index];
    const CodeLocation *location = &clone->line_locations[place->hook];
    int constant = (int)PyTuple_GET_SIZE(clone->original->co_consts) + place->hook;

    if (index > 0 && bytecode_falls_through(&clone->bytecode, index - 1) && !place->falls_to_hook) {
        Piece *jump = add_piece(clone, JUMP_FORWARD, 0, 0, location);

        jump->target = clone->num_pieces + 2;
    }
    clone->hook[index] = clone->num_pieces;
    (void)add_piece(clone, LOAD_CONST, constant, 0, location);
    (void)add_piece(clone, POP_JUMP_FORWARD_IF_TRUE, 0, 0, location);
}

static int make_pieces(Clone *clone)
{
    int num = clone->bytecode.num_instructions;

    /* At most three more for each instruction, and an end. */
    clone->pieces = malloc(sizeof(*clone->pieces) * ((size_t)num * 4 + 1));
    clone->before = malloc(sizeof(int) * 3 * ((size_t)num + 1));
    if (!clone->pieces || !clone->before)
        return -ENOMEM;
    clone->hook = clone->before + num + 1;
    clone->self = clone->hook + num + 1;
    for (int i = 0; i < num; i++) {
        const Instruction *instruction = &clone->bytecode.instructions[i];

        clone->before[i] = clone->num_pieces;
        if (clone->places[i].hook >= 0)
            add_hook(clone, i);
        clone->self[i] = clone->num_pieces;

        Piece *piece = add_piece(clone, instruction->opcode, instruction->argument, instruction->num_caches,
                                 &instruction->location);

        piece->source = i;
        if (piece->num_units < instruction->num_units)
            piece->num_units = instruction->num_units; /* prefixes that the compiler did not need */
    }
    clone->before[num] = clone->num_pieces;
    for (int i = 0; i < num; i++) {
        int target = clone->bytecode.instructions[i].target;

        if (target >= 0)
            clone->pieces[clone->self[i]].target =
                clone->places[i].jumps_to_hook ? clone->hook[target] : clone->self[target];
    }
    return 0;
}

/* Places the pieces; jumps that reach further than before may take a prefix more, which moves what follows.
 */
static void place_pieces(Clone *clone)
{
    bool is_changed;

    do {
        int unit = 0;

        is_changed = false;
        for (int i = 0; i < clone->num_pieces; i++) {
            clone->pieces[i].unit = unit;
            unit += clone->pieces[i].num_units;
        }
        clone->num_units = unit;
        for (int i = 0; i < clone->num_pieces; i++) {
            Piece *piece = &clone->pieces[i];

            if (piece->target < 0)
                continue;

            int distance = clone->pieces[piece->target].unit - (piece->unit + piece->num_units);
            int num_units;

            piece->argument = distance < 0 ? -distance : distance;
            num_units = num_prefixes(piece->argument) + 1 + piece->num_caches;
            if (num_units > piece->num_units) {
                piece->num_units = num_units;
                is_changed = true;
            }
        }
    } while (is_changed);
}

/* --------------------------------------------------------------------------------------------------- tables
 */

static PyObject *make_bytes(const Clone *clone)
{
    PyObject *bytes = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)clone->num_units * 2);

    if (!bytes)
        return NULL;

    uint8_t *next = (uint8_t *)PyBytes_AS_STRING(bytes);

    for (int i = 0; i < clone->num_pieces; i++) {
        const Piece *piece = &clone->pieces[i];

        for (int prefixes = piece->num_units - 1 - piece->num_caches; prefixes > 0; prefixes--) {
            *next++ = EXTENDED_ARG;
            *next++ = (uint8_t)((unsigned)piece->argument >> (8 * prefixes));
        }
        *next++ = (uint8_t)piece->opcode;
        *next++ = (uint8_t)piece->argument;
        memset(next, 0, (size_t)piece->num_caches * 2);
        next += piece->num_caches * 2;
    }
    return bytes;
}

static PyObject *make_locations(const Clone *clone)
{
    size_t num_entries = (size_t)clone->num_pieces + (size_t)clone->num_units / 8;
    uint8_t *table = malloc(num_entries * CODE_LOCATION_BYTES_MAX);
    CodeLocationsWriter writer = {table, clone->original->co_firstlineno};
    PyObject *bytes;

    if (!table)
        return NULL;
    for (int i = 0; i < clone->num_pieces; i++)
        code_locations_write(&writer, clone->pieces[i].location, clone->pieces[i].num_units);
    bytes = PyBytes_FromStringAndSize((const char *)table, writer.next - table);
    free(table);
    return bytes;
}

/* Big-endian groups of six bits, 64 says that one follows, 128 that an entry begins. */
static uint8_t *append_varint(uint8_t *next, unsigned value, uint8_t mark)
{
    for (int shift = 30; shift > 0; shift -= 6) {
        if (value >> shift) {
            *next++ = (uint8_t)(mark | 64 | (value >> shift & 63));
            mark = 0;
        }
    }
    *next++ = (uint8_t)(mark | (value & 63));
    return next;
}

/* The call of a hook is covered as the instruction behind it is: nothing is raised there. */
static PyObject *make_handlers(const Clone *clone)
{
    const Bytecode *bytecode = &clone->bytecode;
    uint8_t *table = malloc((size_t)bytecode->num_handlers * 4 * 6 + 1);
    uint8_t *next = table;
    PyObject *bytes;

    if (!table)
        return NULL;
    for (int i = 0; i < bytecode->num_handlers; i++) {
        const Handler *handler = &bytecode->handlers[i];
        int start = clone->pieces[clone->before[handler->start]].unit;
        int end = handler->end == bytecode->num_instructions
                      ? clone->num_units
                      : clone->pieces[clone->before[handler->end]].unit;
        int target = clone->places[handler->target].handles_to_hook ? clone->hook[handler->target]
                                                                    : clone->self[handler->target];

        next = append_varint(next, (unsigned)start, 128);
        next = append_varint(next, (unsigned)(end - start), 0);
        next = append_varint(next, (unsigned)clone->pieces[target].unit, 0);
        next = append_varint(next, (unsigned)handler->depth << 1 | (handler->has_lasti ? 1 : 0), 0);
    }
    bytes = PyBytes_FromStringAndSize((const char *)table, next - table);
    free(table);
    return bytes;
}

static PyObject *make_constants(const Clone *clone)
{
    Py_ssize_t num = PyTuple_GET_SIZE(clone->original->co_consts);
    PyObject *constants = PyTuple_New(num + clone->num_lines);

    if (!constants)
        return NULL;
    for (Py_ssize_t i = 0; i < num; i++)
        PyTuple_SET_ITEM(constants, i, Py_NewRef(PyTuple_GET_ITEM(clone->original->co_consts, i)));
    for (int i = 0; i < clone->num_lines; i++)
        PyTuple_SET_ITEM(constants, num + i, Py_NewRef(clone->lines[i].constant));
    return constants;
}

/* How many units further the instruction is. Measured at its end: prefixes may have been added in front. */
static int shift_of(const Clone *clone, int index)
{
    const Instruction *instruction = &clone->bytecode.instructions[index];
    const Piece *piece = &clone->pieces[clone->self[index]];

    return piece->unit + piece->num_units - instruction->first_unit - instruction->num_units;
}

static int make_map(const Clone *clone, CloneMap *ret_map)
{
    int num_instructions = clone->bytecode.num_instructions;
    int num = 1;

    for (int i = 1; i < num_instructions; i++)
        num += shift_of(clone, i) != shift_of(clone, i - 1);
    *ret_map = (CloneMap){.shifts = malloc(sizeof(CloneShift) * (size_t)num)};
    if (!ret_map->shifts)
        return -ENOMEM;
    for (int i = 0; i < num_instructions; i++) {
        int unit = clone->bytecode.instructions[i].first_unit;

        if (i == 0 || shift_of(clone, i) != shift_of(clone, i - 1))
            ret_map->shifts[ret_map->num_shifts++] = (CloneShift){unit, unit + shift_of(clone, i)};
    }
    return 0;
}

/* --------------------------------------------------------------------------------------------------- object
 */

static PyCodeObject *make_code(const Clone *clone)
{
    PyCodeObject *original = clone->original;
    PyObject *parts[] = {
        make_bytes(clone),           make_constants(clone),        make_locations(clone),
        make_handlers(clone),        PyCode_GetVarnames(original), PyCode_GetFreevars(original),
        PyCode_GetCellvars(original)};
    enum { BYTES, CONSTANTS, LOCATIONS, HANDLERS, VARIABLES, FREE, CELLS, NUM_PARTS };
    bool is_complete = true;
    PyCodeObject *code = NULL;

    for (int i = 0; i < NUM_PARTS; i++)
        is_complete &= parts[i] != NULL;
    if (is_complete)
        code = PyCode_NewWithPosOnlyArgs(original->co_argcount, original->co_posonlyargcount,
                                         original->co_kwonlyargcount, original->co_nlocals, clone->stack_size,
                                         original->co_flags, parts[BYTES], parts[CONSTANTS],
                                         original->co_names, parts[VARIABLES], parts[FREE], parts[CELLS],
                                         original->co_filename, original->co_name, original->co_qualname,
                                         original->co_firstlineno, parts[LOCATIONS], parts[HANDLERS]);
    for (int i = 0; i < NUM_PARTS; i++)
        Py_XDECREF(parts[i]);
    PyErr_Clear();
    return code;
}

/* Frames move between the two, so every variable must have the same place. */
static bool has_same_layout(PyCodeObject *a, PyCodeObject *b)
{
    Py_ssize_t size = PyBytes_GET_SIZE(a->co_localspluskinds);

    if (a->co_nlocalsplus != b->co_nlocalsplus || PyBytes_GET_SIZE(b->co_localspluskinds) != size ||
        memcmp(PyBytes_AS_STRING(a->co_localspluskinds), PyBytes_AS_STRING(b->co_localspluskinds),
               (size_t)size) != 0)
        return false;
    for (Py_ssize_t i = 0; i < a->co_nlocalsplus; i++) {
        if (PyTuple_GET_ITEM(a->co_localsplusnames, i) != PyTuple_GET_ITEM(b->co_localsplusnames, i))
            return false;
    }
    return true;
}

static int build(Clone *clone, PyCodeObject **ret_clone, CloneMap *ret_map)
{
    CloneMap map;
    PyCodeObject *code;
    int result = find_places(clone);

    if (result == 0)
        result = make_pieces(clone);
    if (result < 0)
        return result;
    place_pieces(clone);
    code = make_code(clone);
    if (!code)
        return -ENOMEM;
    result = has_same_layout(clone->original, code) ? make_map(clone, &map) : -EINVAL;
    if (result < 0) {
        Py_DECREF(code);
        return result;
    }
    *ret_clone = code;
    *ret_map = map;
    return 0;
}

int clone_code(PyCodeObject *original, const CloneLine *lines, int num_lines, PyCodeObject **ret_clone,
               CloneMap *ret_map)
{
    Clone clone = {.original = original, .lines = lines, .num_lines = num_lines};
    int result = bytecode_init(&clone.bytecode, original);

    if (result < 0)
        return result;
    result = build(&clone, ret_clone, ret_map);
    bytecode_deinit(&clone.bytecode);
    free(clone.places);
    free(clone.line_locations);
    free(clone.pieces);
    free(clone.before);
    return result;
}

int clone_map_to_clone(const CloneMap *self, int original_unit)
{
    int i = self->num_shifts - 1;

    while (i > 0 && self->shifts[i].original_unit > original_unit)
        i--;
    return original_unit + self->shifts[i].clone_unit - self->shifts[i].original_unit;
}

int clone_map_to_original(const CloneMap *self, int clone_unit)
{
    int i = self->num_shifts - 1;

    while (i > 0 && self->shifts[i].clone_unit > clone_unit)
        i--;
    return clone_unit + self->shifts[i].original_unit - self->shifts[i].clone_unit;
}

void clone_map_deinit(CloneMap *self)
{
    free(self->shifts);
    *self = (CloneMap){0};
}
