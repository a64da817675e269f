// Runs a grid of a kernel, block after block, or all of them in turn where they are launched together. The threads of a block take turns:
// each runs until it waits at a barrier, at a product of its warp, for what other blocks do, or has returned. What they do with memory is
// checked.
#include "driver.h"
#include "module.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Kernel *kernel;
static int thread_now;
static uint64_t changes; // of global memory, so that it is seen whether blocks that wait for others wait for ever

// Who has read and written each word of shared memory since the last barrier of the block, the first and the last of several readers; when
// that was, by the number of such barriers; and how many barriers of fewer threads these had passed since then.
typedef struct { int writer, first_reader, last_reader; uint32_t written, read, writer_passed, reader_passed; } Shadow;

// A thread's copies to shared memory that are under way, in their order, and how many groups of them it has committed.
typedef struct { uint64_t to; int size, group; char bytes[16]; } Copy;
typedef struct { Copy *copies; int count, room, groups; } Copies;

// Which barrier of fewer threads a thread takes part in since the last one of the block (0: none yet), and how many it has passed.
typedef struct { int barrier; uint32_t passed; } Team;

// A block that runs.
typedef struct {
    Block place;
    char *threads, *states, *shared_memory;
    Shadow *shadow;
    Copies *under_way;
    Team *teams;
    uint32_t phase; // barriers of the block
} Running;
static Running *now;

static Head *thread(int number) { return (Head *)(now->threads + (size_t)number * kernel->thread_bytes); }

static const uint64_t SHARED_START = 1024; // so that address 0 is none

void ptx_fault(const char *what) { standin_fault(what, 0, thread_now); }

static char *global_at(uint64_t address, int bytes, int is_store) {
    if (address & (bytes - 1))
        standin_fault(is_store ? "a store to global memory that is not aligned" : "a load from global memory that is not aligned", address, thread_now);
    return standin_global(address, bytes, is_store);
}
char *ptx_load_global(uint64_t address, int bytes) { return global_at(address, bytes, 0); }
char *ptx_store_global(uint64_t address, int bytes) { changes++; return global_at(address, bytes, 1); }
char *ptx_add_global(uint64_t address) { changes++; return global_at(address, 4, 1); }

// Whether another thread's access is before what this one does now without a barrier of the block between: both have passed a smaller one.
static int is_before(int other, uint32_t passed) {
    return now->teams[other].barrier != 0 && now->teams[other].barrier == now->teams[thread_now].barrier && now->teams[thread_now].passed > passed;
}

static void watch(int word, int is_store) {
    Shadow *s = now->shadow + word;
    uint32_t phase = now->phase, passed = now->teams[thread_now].passed;
    int other_wrote = s->written == phase && s->writer != thread_now && !is_before(s->writer, s->writer_passed);
    if (is_store) {
        if (other_wrote)
            standin_fault("two threads write a word of shared memory without a barrier between", word * 4, thread_now);
        if (s->read == phase && ((s->first_reader != thread_now && !is_before(s->first_reader, s->reader_passed))
            || (s->last_reader != thread_now && !is_before(s->last_reader, s->reader_passed))))
            standin_fault("a thread writes a word of shared memory that another reads, without a barrier between", word * 4, thread_now);
        s->written = phase;
        s->writer_passed = passed;
        s->writer = thread_now;
        return;
    }
    if (other_wrote)
        standin_fault("a thread reads a word of shared memory that another writes, without a barrier between", word * 4, thread_now);
    if (s->written == 0)
        standin_fault("a word of shared memory is read that nobody has written", word * 4, thread_now);
    // The threads of a smaller barrier are neighbours: what holds for the first and the last reader holds for those between. Readers from
    // before a barrier that this thread has passed are forgotten: who writes after it writes after them.
    int is_first = s->read != phase || (is_before(s->first_reader, s->reader_passed) && is_before(s->last_reader, s->reader_passed));
    s->first_reader = is_first || thread_now < s->first_reader ? thread_now : s->first_reader;
    s->last_reader = is_first || thread_now > s->last_reader ? thread_now : s->last_reader;
    s->reader_passed = is_first || passed > s->reader_passed ? passed : s->reader_passed;
    s->read = phase;
}

static __attribute__((noinline)) char *shared_at(uint64_t address, int bytes, int is_store) {
    int64_t offset = (int64_t)(address - SHARED_START);
    if (address & (bytes - 1))
        standin_fault("an access to shared memory that is not aligned", address, thread_now);
    if (offset < 0 || offset + bytes > kernel->shared_bytes) {
        standin_fault("an access beyond shared memory", address, thread_now);
        return now->shared_memory;
    }
    for (int word = offset / 4; word < (offset + bytes + 3) / 4; word++)
        watch(word, is_store);
    return now->shared_memory + offset;
}

char *ptx_load_shared(uint64_t address, int bytes) { return shared_at(address, bytes, 0); }
char *ptx_store_shared(uint64_t address, int bytes) { return shared_at(address, bytes, 1); }

void ptx_copy(uint64_t to, uint64_t from, int size, uint32_t read) {
    Copy c = { to, size, now->under_way[thread_now].groups };
    char *place = ptx_store_shared(to, size);
    if (from & (size - 1))
        standin_fault("a copy from an address that is not aligned", from, thread_now);
    if (read > size)
        ptx_fault("a copy of more bytes than it has");
    else if (read)
        memcpy(c.bytes, ptx_load_global(from, size), read); // the rest is zeros
    if (!standin_reversed) {
        memcpy(place, c.bytes, size);
        return;
    }
    Copies *mine = now->under_way + thread_now;
    if (mine->count == mine->room)
        mine->copies = realloc(mine->copies, (mine->room = 2 * mine->room + 32) * sizeof *mine->copies);
    mine->copies[mine->count++] = c;
}
void ptx_commit_copies(void) { now->under_way[thread_now].groups++; }

// Until no more than so many groups are under way.
void ptx_wait_for_copies(int groups) {
    Copies *mine = now->under_way + thread_now;
    int arrived = 0;
    for (; arrived < mine->count && mine->copies[arrived].group < mine->groups - groups; arrived++)
        memcpy(ptx_store_shared(mine->copies[arrived].to, mine->copies[arrived].size), mine->copies[arrived].bytes, mine->copies[arrived].size);
    mine->count -= arrived;
    memmove(mine->copies, mine->copies + arrived, mine->count * sizeof *mine->copies);
}

// From −1 to 1, by the bits of an argument: an error that is the same in every run.
static inline float error_of(float x, uint32_t function) {
    uint32_t hash = U32(x) * 2654435761u ^ function * 40503u;
    hash ^= hash >> 15;
    hash *= 2246822519u;
    hash ^= hash >> 13;
    return (int32_t)hash * (1.0f / 2147483648.0f);
}

// The errors are those of the PTX manual (ISA 8.5, section 9.7.3): of ex2 2^-22 of the result; of lg2 2^-22.6 between a half and 2, else
// 2^-22 of the result; of sin and cos 2^-20.
float ptx_ex2(float x) { float r = exp2f(x); return standin_approximate && x != 0 ? r * (1 + error_of(x, 1) * 0x1p-22f) : r; }
float ptx_lg2(float x) {
    float r = log2f(x);
    if (!standin_approximate)
        return r;
    return x > 0.5f && x < 2 ? r + error_of(x, 2) * 0x1.5p-23f : r * (1 + error_of(x, 2) * 0x1p-22f);
}
float ptx_sin(float x) { float r = sinf(x); return standin_approximate ? r + error_of(x, 3) * 0x1p-20f : r; }
float ptx_cos(float x) { float r = cosf(x); return standin_approximate ? r + error_of(x, 4) * 0x1p-20f : r; }
float ptx_rsqrt(float x) { return 1 / sqrtf(x); }

// mma.sync of m16n8k8 (tf32) and m16n8k16 (bf16), by the layouts of fragments in the PTX manual: row lane / 4, columns by lane % 4.
// Of tf32 the multiplier reads 19 bits and leaves the others aside. How it rounds inside is not said: here once, at the end.
static void multiply(int first) {
    int depth = thread(first)->product_depth;
    float a[16][16], b[16][8], c[16][8];
    for (int lane = 0; lane < 32; lane++) {
        Head *t = thread(first + lane);
        int group = lane >> 2, member = lane & 3;
        for (int i = 0; i < (depth == 8 ? 4 : 8); i++) {
            int row = (depth == 8 ? i & 1 : (i >> 1) & 1) ? group + 8 : group;
            if (depth == 8)
                a[row][member + (i >> 1) * 4] = F32(t->a[i] & ~0x1fffu);
            else
                a[row][member * 2 + (i & 1) + (i >> 2) * 8] = F32((t->a[i / 2] >> (i & 1 ? 16 : 0)) << 16);
        }
        for (int i = 0; i < (depth == 8 ? 2 : 4); i++) {
            if (depth == 8)
                b[member + i * 4][group] = F32(t->b[i] & ~0x1fffu);
            else
                b[member * 2 + (i & 1) + (i >> 1) * 8][group] = F32((t->b[i / 2] >> (i & 1 ? 16 : 0)) << 16);
        }
        for (int i = 0; i < 4; i++)
            c[i < 2 ? group : group + 8][member * 2 + (i & 1)] = t->c[i];
    }
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
            double sum = c[row][column];
            for (int k = 0; k < depth; k++)
                sum += (double)a[row][k] * b[k][column];
            c[row][column] = sum;
        }
    }
    for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < 4; i++)
            thread(first + lane)->c[i] = c[i < 2 ? lane >> 2 : (lane >> 2) + 8][(lane & 3) * 2 + (i & 1)];
    }
}

// Until no thread of a warp is at a product, or at a barrier of the warp, which is none for shared memory here. False after a fault that leaves nothing to go on with.
static int run_warp(int first, int count) {
    char *states = now->states;
    for (;;) {
        int waiting = 0;
        for (int i = first; i < first + count; i++)
            waiting += states[i] == WAITS_FOR_WARP;
        if (waiting == 0)
            return 1;
        int together = waiting == 32;
        for (int i = first; i < first + count; i++)
            together &= thread(i)->place == thread(first)->place;
        if (!together) {
            standin_fault("the threads of a warp are not at one product or barrier", 0, first);
            return 0;
        }
        if (thread(first)->product_depth > 0)
            multiply(first);
        for (int i = first; i < first + count; i++) {
            thread_now = i;
            states[i] = kernel->step(thread(i), &now->place);
        }
    }
}

static void begin_block(int count) {
    const Block *block = &now->place;
    memset(now->shared_memory, 0xff, kernel->shared_bytes); // not a number
    memset(now->shadow, 0, (kernel->shared_bytes / 4 + 1) * sizeof *now->shadow);
    memset(now->teams, 0, count * sizeof *now->teams);
    now->phase = 1;
    for (int i = 0; i < count; i++) {
        Head *t = thread(i);
        memset(t, 0xff, kernel->thread_bytes);
        t->place = 0;
        t->id = i;
        t->tx = i % block->bx;
        t->ty = i / block->bx % block->by;
        t->tz = i / block->bx / block->by;
        now->states[i] = IS_READY;
        now->under_way[i].count = now->under_way[i].groups = 0;
    }
}

// Lets the threads of a barrier go on if all are there: 1 if they are, 0 if not yet, −1 after a fault.
static int pass_barrier(int number, int count) {
    int first = -1, waiting = 0, needed = count;
    for (int i = 0; i < count; i++) {
        Head *t = thread(i);
        if (now->states[i] != WAITS_AT_BARRIER || t->barrier != number)
            continue;
        if (first < 0)
            first = i;
        if (t->place != thread(first)->place) {
            standin_fault("the threads of a block wait at different barriers", number, i);
            return -1;
        }
        if (t->barrier_threads != 0)
            needed = t->barrier_threads;
        waiting++;
    }
    if (first < 0 || waiting < needed)
        return 0;
    int is_whole = needed == count;
    if (is_whole) {
        now->phase++;
        memset(now->teams, 0, count * sizeof *now->teams);
    }
    for (int i = 0; i < count; i++) {
        if (now->states[i] != WAITS_AT_BARRIER || thread(i)->barrier != number)
            continue;
        now->states[i] = IS_READY;
        if (is_whole)
            continue;
        Team *team = now->teams + i;
        if (number == 0 || waiting > needed || (team->barrier != 0 && team->barrier != number) || team->passed != now->teams[first].passed - (i > first)) {
            standin_fault("a barrier of some threads that others have taken part in since the last one of the block", number, i);
            return -1;
        }
        team->barrier = number;
        team->passed++;
    }
    return 1;
}

// Until its threads have returned (1), or wait for what other blocks do (0); −1 after a fault that leaves nothing to go on with.
static int run_block(int count) {
    char *states = now->states;
    for (int i = 0; i < count; i++) {
        if (states[i] == WAITS_FOR_OTHERS)
            states[i] = IS_READY;
    }
    for (;;) {
        for (int j = 0; j < count; j++) {
            int i = standin_reversed ? count - 1 - j : j;
            if (states[i] != IS_READY)
                continue;
            thread_now = i;
            states[i] = kernel->step(thread(i), &now->place);
        }
        for (int first = 0; first < count; first += 32) {
            if (!run_warp(first, count - first < 32 ? count - first : 32))
                return -1;
        }
        int passed = 0, waiting = 0, others = 0;
        uint32_t seen = 0;
        for (int i = 0; i < count; i++) {
            others += states[i] == WAITS_FOR_OTHERS;
            waiting += states[i] == WAITS_AT_BARRIER;
            uint32_t bit = 1u << (thread(i)->barrier & 15);
            if (states[i] != WAITS_AT_BARRIER || seen & bit)
                continue;
            seen |= bit;
            int passes = pass_barrier(thread(i)->barrier, count);
            if (passes < 0)
                return -1;
            passed += passes;
        }
        if (passed > 0)
            continue;
        if (others > 0)
            return 0;
        if (waiting == 0)
            return 1;
        standin_fault(
            seen & (seen - 1) ? "the threads of a block wait at different barriers" : "a barrier after some threads of the block have returned", 0, waiting);
        return -1;
    }
}

static void take(Running *running, int count) {
    running->threads = malloc((size_t)count * kernel->thread_bytes);
    running->states = malloc(count);
    running->under_way = calloc(count, sizeof *running->under_way);
    running->teams = malloc(count * sizeof *running->teams);
    running->shared_memory = malloc(kernel->shared_bytes + 16);
    running->shadow = malloc((kernel->shared_bytes / 4 + 1) * sizeof *running->shadow);
}

static void give_back(Running *running, int count) {
    for (int i = 0; i < count; i++)
        free(running->under_way[i].copies);
    free(running->under_way);
    free(running->threads);
    free(running->states);
    free(running->teams);
    free(running->shared_memory);
    free(running->shadow);
}

static Block block_of(uint32_t number, const char *params, const uint32_t *grid, const uint32_t *size) {
    uint32_t x = number % grid[0], y = number / grid[0] % grid[1], z = number / grid[0] / grid[1];
    // In the other order too, for what the last of them does.
    int back = standin_reversed;
    return (Block){ size[0], size[1], size[2], back ? grid[0] - 1 - x : x, back ? grid[1] - 1 - y : y, back ? grid[2] - 1 - z : z,
        grid[0], grid[1], grid[2], params };
}

// Goes on with blocks in turn until all have returned, or until a fault: true where they have. Each goes as far ahead of the others as it
// can, since a GPU may let it.
static int run_blocks(Running *running, int blocks, int count) {
    char *ended = calloc(blocks, 1);
    int left = blocks, goes_on = 1;
    while (left > 0 && goes_on) {
        uint64_t before = changes;
        int before_left = left;
        for (int i = 0; i < blocks && goes_on; i++) {
            if (ended[i])
                continue;
            now = running + i;
            uint64_t own;
            int end;
            do {
                own = changes;
                end = run_block(count);
            } while (end == 0 && changes != own);
            ended[i] = end == 1;
            left -= end == 1;
            goes_on = end >= 0;
        }
        if (goes_on && left == before_left && changes == before) {
            standin_fault("every block waits for what others do, and none does anything", 0, 0);
            goes_on = 0;
        }
    }
    free(ended);
    return goes_on;
}

void standin_run(const void *of, const char *params, const uint32_t *grid, const uint32_t *size, int together) {
    kernel = of;
    int count = size[0] * size[1] * size[2], blocks = grid[0] * grid[1] * grid[2], at_once = together ? blocks : 1;
    Running *running = calloc(at_once, sizeof *running);
    for (int i = 0; i < at_once; i++)
        take(running + i, count);
    int goes_on = 1;
    for (int first = 0; first < blocks && goes_on; first += at_once) {
        for (int i = 0; i < at_once; i++) {
            now = running + i;
            now->place = block_of(first + i, params, grid, size);
            begin_block(count);
        }
        goes_on = run_blocks(running, at_once, count);
    }
    for (int i = 0; i < at_once; i++)
        give_back(running + i, count);
    free(running);
}
