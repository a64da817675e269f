// Runs a grid of a kernel, block after block. The threads of a block take turns: each runs until it waits at a barrier, at a product of
// its warp, or has returned. What they do with memory is checked.
#include "driver.h"
#include "module.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const Kernel *kernel;
static char *threads; // of a block
static int thread_now;

static Head *thread(int number) { return (Head *)(threads + (size_t)number * kernel->thread_bytes); }

// Who has read and written each word of shared memory since the last barrier: a number of a thread and of the time between barriers.
typedef struct { int writer, reader; uint32_t written, read; } Shadow;
static Shadow *shadow;
static char *shared_memory;
static uint32_t phase;

static const uint64_t SHARED_START = 1024; // so that address 0 is none

void ptx_fault(const char *what) { standin_fault(what, 0, thread_now); }

static char *global_at(uint64_t address, int bytes, int is_store) {
    if (address & (bytes - 1))
        standin_fault(is_store ? "a store to global memory that is not aligned" : "a load from global memory that is not aligned", address, thread_now);
    return standin_global(address, bytes, is_store);
}
char *ptx_load_global(uint64_t address, int bytes) { return global_at(address, bytes, 0); }
char *ptx_store_global(uint64_t address, int bytes) { return global_at(address, bytes, 1); }

static void watch(int word, int is_store) {
    Shadow *s = shadow + word;
    int other_wrote = s->written == phase && s->writer != thread_now;
    if (is_store) {
        if (other_wrote)
            standin_fault("two threads write a word of shared memory without a barrier between", word * 4, thread_now);
        if (s->read == phase && s->reader != thread_now)
            standin_fault("a thread writes a word of shared memory that another reads, without a barrier between", word * 4, thread_now);
        s->written = phase;
        s->writer = thread_now;
        return;
    }
    if (other_wrote)
        standin_fault("a thread reads a word of shared memory that another writes, without a barrier between", word * 4, thread_now);
    if (s->written == 0)
        standin_fault("a word of shared memory is read that nobody has written", word * 4, thread_now);
    // Two readers are as good as one that is no thread.
    s->reader = s->read == phase && s->reader != thread_now ? -1 : thread_now;
    s->read = phase;
}

static __attribute__((noinline)) char *shared_at(uint64_t address, int bytes, int is_store) {
    int64_t offset = (int64_t)(address - SHARED_START);
    if (address & (bytes - 1))
        standin_fault("an access to shared memory that is not aligned", address, thread_now);
    if (offset < 0 || offset + bytes > kernel->shared_bytes) {
        standin_fault("an access beyond shared memory", address, thread_now);
        return shared_memory;
    }
    for (int word = offset / 4; word < (offset + bytes + 3) / 4; word++)
        watch(word, is_store);
    return shared_memory + offset;
}

char *ptx_load_shared(uint64_t address, int bytes) { return shared_at(address, bytes, 0); }
char *ptx_store_shared(uint64_t address, int bytes) { return shared_at(address, bytes, 1); }

// A thread's copies to shared memory that are under way, in their order, and how many groups of them it has committed.
typedef struct { uint64_t to; int size, group; char bytes[16]; } Copy;
typedef struct { Copy *copies; int count, room, groups; } Copies;
static Copies *under_way;

void ptx_copy(uint64_t to, uint64_t from, int size, uint32_t read) {
    Copy c = { to, size, under_way[thread_now].groups };
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
    Copies *mine = under_way + thread_now;
    if (mine->count == mine->room)
        mine->copies = realloc(mine->copies, (mine->room = 2 * mine->room + 32) * sizeof *mine->copies);
    mine->copies[mine->count++] = c;
}
void ptx_commit_copies(void) { under_way[thread_now].groups++; }

// Until no more than so many groups are under way.
void ptx_wait_for_copies(int groups) {
    Copies *mine = under_way + thread_now;
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

// Until all threads of a warp are at a barrier or have returned. False after a fault that leaves nothing to go on with.
static int run_warp(char *states, int first, int count, const Block *block) {
    for (;;) {
        int waiting = 0;
        for (int i = first; i < first + count; i++)
            waiting += states[i] == WAITS_AT_PRODUCT;
        if (waiting == 0)
            return 1;
        int together = waiting == 32;
        for (int i = first; i < first + count; i++)
            together &= thread(i)->place == thread(first)->place;
        if (!together) {
            standin_fault("the threads of a warp are not at one product", 0, first);
            return 0;
        }
        multiply(first);
        for (int i = first; i < first + count; i++) {
            thread_now = i;
            states[i] = kernel->step(thread(i), block);
        }
    }
}

static int run_block(char *states, int count, const Block *block) {
    memset(shared_memory, 0xff, kernel->shared_bytes); // not a number
    memset(shadow, 0, (kernel->shared_bytes / 4 + 1) * sizeof *shadow);
    phase = 1;
    for (int i = 0; i < count; i++) {
        Head *t = thread(i);
        memset(t, 0xff, kernel->thread_bytes);
        t->place = 0;
        t->id = i;
        t->tx = i % block->bx;
        t->ty = i / block->bx % block->by;
        t->tz = i / block->bx / block->by;
        states[i] = IS_READY;
        under_way[i].count = under_way[i].groups = 0;
    }
    for (;;) {
        for (int j = 0; j < count; j++) {
            int i = standin_reversed ? count - 1 - j : j;
            if (states[i] != IS_READY)
                continue;
            thread_now = i;
            states[i] = kernel->step(thread(i), block);
        }
        for (int first = 0; first < count; first += 32) {
            if (!run_warp(states, first, count - first < 32 ? count - first : 32, block))
                return 0;
        }
        int at_barrier = 0, place = -1;
        for (int i = 0; i < count; i++) {
            if (states[i] != WAITS_AT_BARRIER)
                continue;
            if (at_barrier++ > 0 && thread(i)->place != place) {
                standin_fault("the threads of a block wait at different barriers", 0, i);
                return 0;
            }
            place = thread(i)->place;
        }
        if (at_barrier == 0)
            break;
        if (at_barrier < count) {
            standin_fault("a barrier after some threads of the block have returned", 0, at_barrier);
            return 0;
        }
        phase++;
        memset(states, IS_READY, count);
    }
    return 1;
}

void standin_run(const void *of, const char *params, const uint32_t *grid, const uint32_t *size) {
    kernel = of;
    int count = size[0] * size[1] * size[2];
    threads = malloc((size_t)count * kernel->thread_bytes);
    char *states = malloc(count);
    under_way = calloc(count, sizeof *under_way);
    shared_memory = malloc(kernel->shared_bytes + 16);
    shadow = malloc((kernel->shared_bytes / 4 + 1) * sizeof *shadow);
    int goes_on = 1;
    for (uint32_t z = 0; goes_on && z < grid[2]; z++) {
        for (uint32_t y = 0; goes_on && y < grid[1]; y++) {
            for (uint32_t x = 0; goes_on && x < grid[0]; x++) {
                // In the other order too, for what the last of them does.
                int back = standin_reversed;
                Block block = { size[0], size[1], size[2], back ? grid[0] - 1 - x : x, back ? grid[1] - 1 - y : y, back ? grid[2] - 1 - z : z,
                    grid[0], grid[1], grid[2], params };
                goes_on = run_block(states, count, &block);
            }
        }
    }
    for (int i = 0; i < count; i++)
        free(under_way[i].copies);
    free(under_way);
    free(threads);
    free(states);
    free(shared_memory);
    free(shadow);
}
