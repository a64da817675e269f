// A stand-in for NCCL: processes that send to each other through shared memory, from and to the memory of the stand-in for the driver.
// What our own code calls is here, and nothing else. As NCCL does it works in the primary context of the GPU, which it makes the thread's.
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS, UNHANDLED_CUDA_ERROR, SYSTEM_ERROR, INTERNAL_ERROR, INVALID_ARGUMENT, INVALID_USAGE };
enum { MOST_RANKS = 8, MOST_CALLS = 64, BOX_BYTES = 1 << 16, PATIENCE = 600 };

typedef struct { char bytes[128]; } Id;
typedef struct { atomic_int is_full; uint64_t whole; uint32_t bytes; char data[BOX_BYTES]; } Box; // from one rank to another
typedef struct { atomic_int joined; Box boxes[MOST_RANKS][MOST_RANKS]; } Hall;
typedef struct { int rank, ranks; Hall *hall; } Communicator;
typedef struct { int is_send, peer; char *memory; uint64_t bytes, done; Communicator *communicator; } Call;

// Of the stand-in for the driver.
int cuCtxGetDevice(int *device);
int cuCtxSetCurrent(void *context);
int cuDevicePrimaryCtxRetain(void **context, int device);
int standin_is_of(void *context, const void *memory, size_t bytes);
int standin_is_stream_of(void *context, const void *stream);

static Call calls[MOST_CALLS];
static int call_count, groups;

// STANDIN_NCCL_FAULT=ncclSend:1 makes a function fail on a rank.
static int fails(const char *function, int rank) {
    char wanted[64];
    const char *fault = getenv("STANDIN_NCCL_FAULT");
    snprintf(wanted, sizeof wanted, "%s:%d", function, rank);
    return fault && !strcmp(fault, wanted);
}

static void *enter(void) {
    void *primary = NULL;
    int device = 0;
    if (cuCtxGetDevice(&device) || cuDevicePrimaryCtxRetain(&primary, device))
        return NULL;
    cuCtxSetCurrent(primary);
    return primary;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec * 1e-9;
}

const char *ncclGetErrorString(int code) {
    static const char *texts[] = { "no error", "unhandled cuda error", "unhandled system error", "internal error", "invalid argument",
        "invalid usage" };
    return code >= 0 && code <= INVALID_USAGE ? texts[code] : "unknown result code";
}
int ncclGetVersion(int *version) { *version = 22105; return SUCCESS; }
int ncclCommGetAsyncError(Communicator *communicator, int *error) { *error = SUCCESS; return SUCCESS; }

int ncclGetUniqueId(Id *id) {
    if (fails("ncclGetUniqueId", 0))
        return SYSTEM_ERROR;
    memset(id, 0, sizeof *id);
    snprintf(id->bytes, sizeof id->bytes, "/standin-nccl-%d-%lld", getpid(), (long long)(seconds() * 1e9));
    return SUCCESS;
}

int ncclCommInitRank(Communicator **made, int ranks, Id id, int rank) {
    if (fails("ncclCommInitRank", rank))
        return SYSTEM_ERROR;
    if (ranks < 1 || ranks > MOST_RANKS || rank < 0 || rank >= ranks)
        return INVALID_ARGUMENT;
    if (!enter())
        return UNHANDLED_CUDA_ERROR;
    int file = shm_open(id.bytes, O_CREAT | O_RDWR, 0600);
    if (file < 0 || ftruncate(file, sizeof(Hall)))
        return SYSTEM_ERROR;
    Hall *hall = mmap(NULL, sizeof(Hall), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (hall == MAP_FAILED)
        return SYSTEM_ERROR;
    atomic_fetch_add(&hall->joined, 1);
    for (double end = seconds() + PATIENCE; atomic_load(&hall->joined) < ranks; sched_yield()) {
        if (seconds() > end) {
            shm_unlink(id.bytes);
            return SYSTEM_ERROR;
        }
    }
    shm_unlink(id.bytes); // it lives on in those who have it
    *made = malloc(sizeof **made);
    **made = (Communicator){ rank, ranks, hall };
    return SUCCESS;
}
int ncclCommDestroy(Communicator *communicator) {
    munmap(communicator->hall, sizeof(Hall));
    free(communicator);
    return SUCCESS;
}

static int keep(int is_send, char *memory, size_t count, int type, int peer, Communicator *communicator, void *stream) {
    void *primary = enter();
    if (type != 7 || peer < 0 || peer >= communicator->ranks || call_count == MOST_CALLS || !groups)
        return INVALID_ARGUMENT;
    // What a GPU would refuse, or read wrongly.
    if (!standin_is_stream_of(primary, stream) || !standin_is_of(primary, memory, 4 * count))
        return UNHANDLED_CUDA_ERROR;
    calls[call_count++] = (Call){ is_send, peer, memory, 4 * count, 0, communicator };
    return SUCCESS;
}
int ncclSend(void *source, size_t count, int type, int peer, Communicator *communicator, void *stream) {
    return fails("ncclSend", communicator->rank) ? SYSTEM_ERROR : keep(1, source, count, type, peer, communicator, stream);
}
int ncclRecv(void *target, size_t count, int type, int peer, Communicator *communicator, void *stream) {
    return fails("ncclRecv", communicator->rank) ? SYSTEM_ERROR : keep(0, target, count, type, peer, communicator, stream);
}

// Moves what it can of a call: 1 where there was something, 0 where it has to wait, -1 where the ranks do not agree.
static int move(Call *call) {
    Communicator *own = call->communicator;
    Box *box = call->is_send ? &own->hall->boxes[own->rank][call->peer] : &own->hall->boxes[call->peer][own->rank];
    if (atomic_load_explicit(&box->is_full, memory_order_acquire) == call->is_send)
        return 0;
    uint64_t left = call->bytes - call->done;
    if (call->is_send) {
        box->whole = call->bytes;
        box->bytes = left < BOX_BYTES ? left : BOX_BYTES;
        memcpy(box->data, call->memory + call->done, box->bytes);
    } else if (box->whole != call->bytes) {
        return -1;
    } else {
        memcpy(call->memory + call->done, box->data, box->bytes);
    }
    call->done += box->bytes;
    atomic_store_explicit(&box->is_full, call->is_send, memory_order_release);
    return 1;
}

int ncclGroupStart(void) { groups++; return SUCCESS; }
int ncclGroupEnd(void) {
    if (--groups > 0)
        return SUCCESS;
    int code = call_count && fails("ncclGroupEnd", calls[0].communicator->rank) ? SYSTEM_ERROR : SUCCESS;
    double end = seconds() + PATIENCE;
    for (int open = 1; open && code == SUCCESS;) {
        int moved = open = 0;
        for (int i = 0; i < call_count && code == SUCCESS; i++) {
            // Calls to one rank come one after the other.
            int waits = 0;
            for (int j = 0; j < i; j++)
                waits |= calls[j].done < calls[j].bytes && calls[j].peer == calls[i].peer && calls[j].is_send == calls[i].is_send;
            if (calls[i].done == calls[i].bytes)
                continue;
            open = 1;
            int step = waits ? 0 : move(calls + i);
            moved |= step > 0;
            if (step < 0)
                code = INVALID_USAGE;
        }
        if (open && !moved) {
            sched_yield();
            if (seconds() > end)
                code = SYSTEM_ERROR;
        }
    }
    call_count = 0;
    return code;
}
