// What the C text of a kernel begins with: what the runner (block.c) and the text know of each other, and the functions of PTX that C
// has not. PtxToC.cs writes the rest: a struct Thread with the registers, and step(), which runs a thread until it must wait.
#include <stdint.h>

typedef union { uint16_t u; int16_t s; } r16;
typedef union { uint32_t u; int32_t s; float f; } r32;
typedef union { uint64_t u; int64_t s; double f; } r64;

// A block of threads, and the grid that it is of.
typedef struct {
    uint32_t bx, by, bz, cx, cy, cz, gx, gy, gz;
    const char *params;
} Block;

// What a thread begins with: where it waits, at which barrier, for how many threads (0: all of the block), its numbers, and the operands
// of a product that it waits for with its warp (of depth 0 where the warp waits for itself alone).
#define HEAD int place, barrier, barrier_threads, product_depth; uint32_t tx, ty, tz, id, a[4], b[2]; float c[4];
typedef struct { HEAD } Head;

enum { HAS_RETURNED, WAITS_AT_BARRIER, WAITS_FOR_WARP, WAITS_FOR_OTHERS, IS_READY };

// What a kernel's library gives.
typedef struct {
    int thread_bytes, shared_bytes;
    int (*step)(Head *, const Block *); // one of the numbers above
} Kernel;

// Memory that is checked: a place to read from, or to write to.
char *ptx_load_global(uint64_t address, int bytes);
char *ptx_store_global(uint64_t address, int bytes);
char *ptx_add_global(uint64_t address); // to be read and written, 4 bytes
char *ptx_load_shared(uint64_t address, int bytes);
char *ptx_store_shared(uint64_t address, int bytes);
void ptx_copy(uint64_t to, uint64_t from, int size, uint32_t read); // cp.async
void ptx_commit_copies(void);
void ptx_wait_for_copies(int groups);
void ptx_fault(const char *what);

float ptx_ex2(float), ptx_lg2(float), ptx_sin(float), ptx_cos(float), ptx_rsqrt(float);
float fmaf(float, float, float), sqrtf(float), fabsf(float), fminf(float, float), fmaxf(float, float), floorf(float), ceilf(float),
    truncf(float), rintf(float);
int abs(int);

static inline float F32(uint32_t bits) { return (r32){ bits }.f; }
static inline uint32_t U32(float f) { return (r32){ .f = f }.u; }
static inline double F64(uint64_t bits) { return (r64){ bits }.f; }

// Rounded to the 10 bits of a tf32 fraction, half away from zero; and to the 7 of bf16, half to even.
static inline uint32_t TF32(uint32_t bits) { return (bits & 0x7f800000) == 0x7f800000 ? bits : (bits + 0x1000) & ~0x1fffu; }
static inline uint32_t BF16(float f) {
    uint32_t bits = U32(f);
    return (bits & 0x7fffffff) > 0x7f800000 ? 0x7fff : (bits + 0x7fff + ((bits >> 16) & 1)) >> 16;
}
static inline uint32_t BF16X2(float high, float low) { return BF16(high) << 16 | BF16(low); }
