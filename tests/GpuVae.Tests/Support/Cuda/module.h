// What the C text of a kernel begins with: the types of its registers, memory that is checked, and functions of PTX that C has not.
// PtxToC.cs writes the rest: a struct Thread with the registers, step(), which runs a thread until it must wait, and at the end
// block.h, which runs a grid.
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef union { uint16_t u; int16_t s; } r16;
typedef union { uint32_t u; int32_t s; float f; } r32;
typedef union { uint64_t u; int64_t s; double f; } r64;

// A block of threads, and the grid that it is of.
typedef struct {
    uint32_t bx, by, bz, cx, cy, cz, gx, gy, gz;
    const char *params;
} Block;

// What driver.c gives to a kernel.
typedef struct {
    void (*fault)(const char *what, uint64_t address, int thread);
    char *(*global)(uint64_t address, int bytes, int is_store); // the place, or memory to spare after a fault
    int reversed;    // whether the last thread runs first
    int approximate; // whether functions that PTX calls approximate are off by what its manual allows
} Host;

static const Host *host;
static int thread_now;

#define FAULT(what) host->fault(what, 0, thread_now)

// Who has read and written each word of shared memory since the last barrier: a number of a thread and of the time between barriers.
typedef struct { int writer, reader; uint32_t written, read; } Shadow;
static Shadow *shadow;
static char *shared_memory;
static uint32_t phase;
extern const int shared_size;

static const uint64_t SHARED_START = 1024; // so that address 0 is none

static inline float F32(uint32_t bits) { float f; memcpy(&f, &bits, 4); return f; }
static inline uint32_t U32(float f) { uint32_t bits; memcpy(&bits, &f, 4); return bits; }
static inline double F64(uint64_t bits) { double f; memcpy(&f, &bits, 8); return f; }

static inline char *global_at(uint64_t address, int bytes, int is_store) {
    if (address & (bytes - 1))
        host->fault(is_store ? "a store to global memory that is not aligned" : "a load from global memory that is not aligned", address, thread_now);
    return host->global(address, bytes, is_store);
}

static void watch(int word, int is_store) {
    Shadow *s = shadow + word;
    int other_wrote = s->written == phase && s->writer != thread_now;
    if (is_store) {
        if (other_wrote)
            host->fault("two threads write a word of shared memory without a barrier between", word * 4, thread_now);
        if (s->read == phase && s->reader != thread_now)
            host->fault("a thread writes a word of shared memory that another reads, without a barrier between", word * 4, thread_now);
        s->written = phase;
        s->writer = thread_now;
        return;
    }
    if (other_wrote)
        host->fault("a thread reads a word of shared memory that another writes, without a barrier between", word * 4, thread_now);
    if (s->written == 0)
        host->fault("a word of shared memory is read that nobody has written", word * 4, thread_now);
    // Two readers are as good as one that is no thread.
    s->reader = s->read == phase && s->reader != thread_now ? -1 : thread_now;
    s->read = phase;
}

static inline char *shared_at(uint64_t address, int bytes, int is_store) {
    int64_t offset = (int64_t)(address - SHARED_START);
    if (address & (bytes - 1))
        host->fault("an access to shared memory that is not aligned", address, thread_now);
    if (offset < 0 || offset + bytes > shared_size) {
        host->fault("an access beyond shared memory", address, thread_now);
        return shared_memory;
    }
    for (int word = offset / 4; word < (offset + bytes + 3) / 4; word++)
        watch(word, is_store);
    return shared_memory + offset;
}

#define GL(address, bytes) global_at(address, bytes, 0)
#define GS(address, bytes) global_at(address, bytes, 1)
#define SL(address, bytes) shared_at(address, bytes, 0)
#define SS(address, bytes) shared_at(address, bytes, 1)

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
static inline float EX2(float x) { float r = exp2f(x); return host->approximate && x != 0 ? r * (1 + error_of(x, 1) * 0x1p-22f) : r; }
static inline float LG2(float x) {
    float r = log2f(x);
    if (!host->approximate)
        return r;
    return x > 0.5f && x < 2 ? r + error_of(x, 2) * 0x1.5p-23f : r * (1 + error_of(x, 2) * 0x1p-22f);
}
static inline float SIN(float x) { float r = sinf(x); return host->approximate ? r + error_of(x, 3) * 0x1p-20f : r; }
static inline float COS(float x) { float r = cosf(x); return host->approximate ? r + error_of(x, 4) * 0x1p-20f : r; }
static inline float RSQ(float x) { return 1 / sqrtf(x); }

// Rounded to the 10 bits of a tf32 fraction, half away from zero; and to the 7 of bf16, half to even.
static inline uint32_t TF32(uint32_t bits) { return (bits & 0x7f800000) == 0x7f800000 ? bits : (bits + 0x1000) & ~0x1fffu; }
static inline uint32_t BF16(float f) {
    uint32_t bits = U32(f);
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
static inline uint32_t BF16X2(float high, float low) { return BF16(high) << 16 | BF16(low); }
