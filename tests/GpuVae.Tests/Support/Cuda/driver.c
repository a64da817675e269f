// A stand-in for NVIDIA's driver: GPUs whose memory is the host's, and which runs kernels on the processor, each block's threads in
// turn. What ILGPU and our own code call of the driver is here, and nothing else. A kernel that does what no kernel may ends with
// CUDA_ERROR_LAUNCH_FAILED, whose text says what it did. One caller at a time, as a device of ours has.
#define _GNU_SOURCE
#include "driver.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SUCCESS, INVALID_VALUE, OUT_OF_MEMORY, INVALID_DEVICE = 101, INVALID_CONTEXT = 201, INVALID_PTX = 218, INVALID_HANDLE = 400,
    NOT_FOUND = 500,
    LAUNCH_FAILED = 719, TOO_LARGE = 720, CAPTURE_UNSUPPORTED = 900 };

typedef struct { char *ptx; const void *kernel; } Module;
typedef struct { Module *module; char name[256]; int parameter_bytes, parameters, starts[64], sizes[64]; } Function;
typedef struct Launch { Function *function; uint32_t grid[3], block[3]; char *arguments; int together; struct Launch *next; } Launch;
typedef struct { int device, is_primary; } Context;
typedef struct { int captures; size_t nodes; Launch *first, **last; Context *context; } Stream;
typedef struct { size_t nodes; Launch *first; } Graph;
typedef struct { double time; Context *context; } Event;
typedef struct { char *start; size_t bytes; Context *context; } Allocation;

// Set by the tests: translates PTX, compiles it, and writes the path of the library, or returns 0 and writes what is wrong; then how
// threads run, and whether launches are only counted, for which no kernel is translated.
int (*standin_translate)(const char *ptx, char *path, int capacity);
int standin_reversed, standin_approximate, standin_idle;

// Of the GPU that is opened next; and how many GPUs there are.
int standin_multiprocessors = 132, standin_devices = 1;

static char failure[512] = "no failure";
static const char *kernel_now = "";
static int has_failed, capturing;
static __thread Context *context;

static Allocation *allocations;
static int allocation_count, allocation_room;

// Where each block of 512 bytes was found last, by the end of its number: no two allocations share one.
static Allocation found[4096];

void standin_fault(const char *what, uint64_t address, int thread) {
    if (!has_failed)
        snprintf(failure, sizeof failure, "kernel %s: %s (address %llu, thread %d)", kernel_now, what, (unsigned long long)address, thread);
    has_failed = 1;
}

static int holds(const Allocation *memory, uint64_t address, int bytes) {
    return address >= (uint64_t)memory->start && address + bytes <= (uint64_t)memory->start + memory->bytes;
}

char *standin_global(uint64_t address, int bytes, int is_store) {
    static char spare[256];
    Allocation *place = found + (address / 512) % (sizeof found / sizeof *found);
    if (holds(place, address, bytes))
        return (char *)address;
    for (int i = 0; i < allocation_count; i++) {
        if (holds(allocations + i, address, bytes)) {
            *place = allocations[i];
            return (char *)address;
        }
    }
    standin_fault(is_store ? "a store beyond global memory" : "a load beyond global memory", address, bytes);
    memset(spare, 0xff, sizeof spare);
    return spare;
}

static int refuse(int code, const char *what) {
    snprintf(failure, sizeof failure, "%s", what);
    return code;
}

static int execute(const Launch *launch) {
    if (standin_idle)
        return SUCCESS;
    if (!launch->function->module->kernel)
        return refuse(LAUNCH_FAILED, "a kernel was loaded while the stand-in was idle");
    has_failed = 0;
    kernel_now = launch->function->name;
    standin_run(launch->function->module->kernel, launch->arguments, launch->grid, launch->block, launch->together);
    return has_failed ? LAUNCH_FAILED : SUCCESS;
}

// The device.
int cuInit(unsigned flags) { return SUCCESS; }
int cuDriverGetVersion(int *version) { *version = 13000; return SUCCESS; }
int cuDeviceGet(int *device, int ordinal) { *device = ordinal; return ordinal >= 0 && ordinal < standin_devices ? SUCCESS : INVALID_DEVICE; }
int cuDeviceGetCount(int *count) { *count = standin_devices; return SUCCESS; }
int cuDeviceGetName(char *name, int length, int device) { snprintf(name, length, "stand-in for an H100"); return SUCCESS; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = (size_t)80 << 30; return SUCCESS; }
int cuDeviceGetAttribute(int *value, int attribute, int device) {
    // An H100's, by the numbers of CUdevice_attribute.
    static const int known[][2] = { { 1, 1024 }, { 2, 1024 }, { 3, 1024 }, { 4, 64 }, { 5, 2147483647 }, { 6, 65535 }, { 7, 65535 }, { 8, 49152 },
        { 9, 65536 }, { 10, 32 }, { 11, 2147483647 }, { 12, 65536 }, { 13, 1980000 }, { 14, 512 }, { 15, 1 }, { 19, 1 }, { 31, 1 },
        { 32, 1 }, { 36, 2619000 }, { 37, 5120 }, { 38, 52428800 }, { 39, 2048 }, { 40, 3 }, { 41, 1 }, { 75, 9 }, { 76, 0 }, { 78, 1 },
        { 81, 233472 }, { 82, 65536 }, { 83, 1 }, { 86, 1 }, { 90, 1 }, { 95, 1 }, { 97, 232448 } };
    *value = attribute == 16 ? standin_multiprocessors : attribute == 33 ? 1 + device : 0; // 33: the bus that it is on
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (known[i][0] == attribute)
            *value = known[i][1];
    }
    return SUCCESS;
}
int cuDeviceCanAccessPeer(int *can, int one, int other) { *can = 0; return SUCCESS; }
int cuDeviceGetP2PAttribute(int *value, int attribute, int one, int other) { *value = 0; return SUCCESS; }

// Contexts.
int cuCtxCreate_v2(Context **made, unsigned flags, int device) {
    context = *made = calloc(1, sizeof **made);
    context->device = device;
    return SUCCESS;
}
int cuCtxDestroy_v2(Context *old) { if (context == old) context = NULL; free(old); return SUCCESS; }
int cuCtxGetDevice(int *device) { *device = context ? context->device : 0; return context ? SUCCESS : INVALID_CONTEXT; }
int cuCtxSetCurrent(Context *next) { context = next; return SUCCESS; }
int cuCtxGetCurrent(Context **current) { *current = context; return SUCCESS; }
int cuDevicePrimaryCtxRetain(Context **found, int device) {
    static Context primary[64];
    if (device < 0 || device >= standin_devices)
        return INVALID_DEVICE;
    *found = primary + device;
    **found = (Context){ device, 1 };
    return SUCCESS;
}
int cuDevicePrimaryCtxRelease_v2(int device) { return SUCCESS; }
int cuCtxSynchronize(void) { return context ? SUCCESS : INVALID_CONTEXT; }
int cuCtxGetCacheConfig(int *config) { *config = 0; return SUCCESS; }
int cuCtxSetCacheConfig(int config) { return SUCCESS; }
int cuCtxGetSharedMemConfig(int *config) { *config = 1; return SUCCESS; }
int cuCtxSetSharedMemConfig(int config) { return SUCCESS; }
int cuCtxEnablePeerAccess(void *peer, unsigned flags) { return SUCCESS; }
int cuCtxDisablePeerAccess(void *peer) { return SUCCESS; }
int cuPointerGetAttribute(void *data, int attribute, void *pointer) { return INVALID_VALUE; }

// Memory, which begins as what is not a number.
int cuMemGetInfo_v2(size_t *free_bytes, size_t *total) { *free_bytes = *total = (size_t)80 << 30; return SUCCESS; }
int cuMemAlloc_v2(void **pointer, size_t bytes) {
    if (!context || capturing)
        return refuse(CAPTURE_UNSUPPORTED, capturing ? "memory is taken while a graph is captured" : "memory is taken without a context");
    size_t whole = (bytes + 511) / 512 * 512;
    if (!(*pointer = aligned_alloc(512, whole)))
        return OUT_OF_MEMORY;
    memset(*pointer, 0xff, whole);
    if (allocation_count == allocation_room)
        allocations = realloc(allocations, (allocation_room = 2 * allocation_room + 64) * sizeof *allocations);
    allocations[allocation_count++] = (Allocation){ *pointer, bytes, context };
    return SUCCESS;
}
int cuMemFree_v2(void *pointer) {
    if (capturing)
        return refuse(CAPTURE_UNSUPPORTED, "memory is given back while a graph is captured");
    for (int i = 0; i < allocation_count; i++) {
        if (allocations[i].start == pointer) {
            allocations[i] = allocations[--allocation_count];
            memset(found, 0, sizeof found);
            free(pointer);
            return SUCCESS;
        }
    }
    return refuse(INVALID_VALUE, "memory is given back that was not taken");
}
// Whether memory, all of it, is of a context; the stand-in for NCCL asks as well.
int standin_is_of(Context *owner, const void *memory, size_t bytes) {
    for (int i = 0; i < allocation_count; i++) {
        if (holds(allocations + i, (uint64_t)memory, 0) && holds(allocations + i, (uint64_t)memory + bytes, 0))
            return allocations[i].context == owner;
    }
    return 0;
}
int standin_is_stream_of(Context *owner, const Stream *stream) { return stream && stream->context == owner; }
int cuMemcpyPeerAsync(void *target, Context *to, void *source, Context *from, size_t bytes, Stream *stream) {
    if (!standin_is_stream_of(context, stream))
        return refuse(INVALID_HANDLE, "a copy on a stream of another context");
    if (!standin_is_of(to, target, bytes) || !standin_is_of(from, source, bytes))
        return refuse(INVALID_VALUE, "a copy from or to memory of another context than it says");
    memcpy(target, source, bytes);
    return SUCCESS;
}
int cuMemAllocHost_v2(void **pointer, size_t bytes) { return (*pointer = malloc(bytes)) ? SUCCESS : OUT_OF_MEMORY; }
int cuMemFreeHost(void *pointer) { free(pointer); return SUCCESS; }
int cuMemHostRegister_v2(void *pointer, size_t bytes, unsigned flags) { return SUCCESS; }
int cuMemHostUnregister(void *pointer) { return SUCCESS; }
int cuMemHostGetDevicePointer_v2(void **device, void *pointer, unsigned flags) { *device = pointer; return SUCCESS; }
int cuMemcpyAsync(void *target, void *source, size_t bytes, Stream *stream) {
    if (stream && stream->captures)
        return refuse(CAPTURE_UNSUPPORTED, "a copy is captured, which no recorded step has");
    memcpy(target, source, bytes);
    return SUCCESS;
}
int cuMemsetD8Async(void *target, unsigned char value, size_t bytes, Stream *stream) {
    if (stream && stream->captures)
        return refuse(CAPTURE_UNSUPPORTED, "a fill is captured, which no recorded step has");
    memset(target, value, bytes);
    return SUCCESS;
}

// Kernels.
int cuModuleLoadDataEx(Module **made, const char *ptx, unsigned count, int *options, void **values) {
    if (capturing)
        return refuse(CAPTURE_UNSUPPORTED, "a kernel is compiled while a graph is captured");
    *made = calloc(1, sizeof **made);
    (*made)->ptx = strdup(ptx);
    if (standin_idle)
        return SUCCESS;
    char path[4096];
    void *library = standin_translate(ptx, path, sizeof path) ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (!library) {
        // Where the real one writes what its assembler says: CU_JIT_ERROR_LOG_BUFFER, and behind it how large that is.
        for (unsigned i = 0; i + 1 < count; i++) {
            if (options[i] == 5 && options[i + 1] == 6)
                snprintf(values[i], (size_t)values[i + 1], "error: %s", path);
        }
        return refuse(INVALID_PTX, "a kernel cannot be translated");
    }
    (*made)->kernel = dlsym(library, "kernel");
    return (*made)->kernel ? SUCCESS : INVALID_PTX;
}
int cuModuleLoadData(Module **made, const char *ptx) { return cuModuleLoadDataEx(made, ptx, 0, NULL, NULL); }
int cuModuleUnload(Module *module) { return SUCCESS; }
int cuModuleGetFunction(Function **made, Module *module, const char *name) {
    char entry[300];
    snprintf(entry, sizeof entry, ".entry %s(", name);
    const char *at = strstr(module->ptx, entry);
    if (!at)
        return refuse(NOT_FOUND, "a module has no such kernel");
    const char *end = strchr(at, ')');
    int bytes = 0;
    *made = calloc(1, sizeof **made);
    for (const char *p = strstr(at, ".param"); p && p < end; p = strstr(p + 1, ".param")) {
        int alignment = 0, size = 0, bits = 0;
        if (sscanf(p, ".param .align %d .b8 %*[A-Za-z0-9_][%d]", &alignment, &size) != 2) {
            sscanf(p, ".param .%*1[a-z]%d", &bits);
            alignment = size = bits / 8;
        }
        bytes = (bytes + alignment - 1) / alignment * alignment;
        if ((*made)->parameters < 64) {
            (*made)->starts[(*made)->parameters] = bytes;
            (*made)->sizes[(*made)->parameters++] = size;
        }
        bytes += size;
    }
    (*made)->module = module;
    (*made)->parameter_bytes = bytes;
    snprintf((*made)->name, sizeof (*made)->name, "%s", name);
    return SUCCESS;
}
int cuLaunchKernel(Function *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned dynamic,
    Stream *stream, void **parameters, void **extra) {
    char *arguments = NULL;
    size_t bytes = 0;
    for (int i = 0; extra && extra[i]; i += 2) {
        if (extra[i] == (void *)1)
            arguments = extra[i + 1];
        if (extra[i] == (void *)2)
            bytes = *(size_t *)extra[i + 1];
    }
    if (!gx || !gy || !gz || gy > 65535 || gz > 65535 || !bx || !by || !bz || bx * by * bz > 1024 || bz > 64 || dynamic)
        return refuse(INVALID_VALUE, "a launch of sizes that no GPU has");
    if (stream && stream->context != context)
        return refuse(INVALID_HANDLE, "a launch on a stream of another context");
    if (!arguments || bytes != (size_t)function->parameter_bytes)
        return refuse(INVALID_VALUE, "a launch with arguments of another size than the kernel's");
    Launch launch = { function, { gx, gy, gz }, { bx, by, bz }, arguments, 0, NULL };
    if (!stream || !stream->captures)
        return execute(&launch);
    Launch *kept = malloc(sizeof *kept);
    *kept = launch;
    kept->arguments = memcpy(malloc(bytes), arguments, bytes);
    *stream->last = kept;
    stream->last = &kept->next;
    stream->nodes++;
    return SUCCESS;
}
// As many of a kernel whose blocks wait for each other are there at once.
enum { BLOCKS_AT_ONCE = 2 };
int cuOccupancyMaxActiveBlocksPerMultiprocessor(int *blocks, Function *function, int size, size_t dynamic) {
    *blocks = BLOCKS_AT_ONCE;
    return SUCCESS;
}
int cuLaunchCooperativeKernel(Function *function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned dynamic,
    Stream *stream, void **parameters) {
    if (!gx || !gy || !gz || !bx || !by || !bz || bx * by * bz > 1024 || bz > 64 || dynamic)
        return refuse(INVALID_VALUE, "a launch of sizes that no GPU has");
    if (gx * gy * gz > BLOCKS_AT_ONCE * standin_multiprocessors)
        return refuse(TOO_LARGE, "a launch of more blocks than are there at once");
    if (stream && stream->captures)
        return refuse(CAPTURE_UNSUPPORTED, "a launch of blocks that wait for each other is captured, which no recorded step has");
    char *arguments = calloc(1, function->parameter_bytes + 1);
    for (int i = 0; i < function->parameters; i++)
        memcpy(arguments + function->starts[i], parameters[i], function->sizes[i]);
    Launch launch = { function, { gx, gy, gz }, { bx, by, bz }, arguments, 1, NULL };
    int code = execute(&launch);
    free(arguments);
    return code;
}
int cuOccupancyMaxPotentialBlockSize(int *grid, int *block, Function *function, void *shared, size_t dynamic, int limit) {
    *grid = 132;
    *block = 256;
    return SUCCESS;
}

// Streams, events and graphs.
int cuStreamCreate(Stream **stream, unsigned flags) {
    *stream = calloc(1, sizeof **stream);
    (*stream)->context = context;
    return SUCCESS;
}
int cuStreamCreateWithPriority(Stream **stream, unsigned flags, int priority) { return cuStreamCreate(stream, flags); }
int cuStreamDestroy_v2(Stream *stream) { free(stream); return SUCCESS; }
int cuStreamSynchronize(Stream *stream) { return stream && stream->captures ? CAPTURE_UNSUPPORTED : SUCCESS; }
int cuStreamBeginCapture_v2(Stream *stream, int mode) {
    if (!stream)
        return CAPTURE_UNSUPPORTED;
    *stream = (Stream){ 1, 0, NULL, &stream->first, stream->context };
    capturing++;
    return SUCCESS;
}
int cuStreamEndCapture(Stream *stream, Graph **graph) {
    *graph = malloc(sizeof **graph);
    **graph = (Graph){ stream->nodes, stream->first };
    stream->captures = 0;
    capturing--;
    return SUCCESS;
}
int cuGraphGetNodes(Graph *graph, void *nodes, size_t *count) { *count = graph->nodes; return SUCCESS; }
int cuGraphInstantiateWithFlags(Graph **made, Graph *graph, unsigned long long flags) {
    *made = malloc(sizeof **made);
    **made = *graph;
    return SUCCESS;
}
int cuGraphLaunch(Graph *graph, Stream *stream) {
    int code = SUCCESS;
    for (const Launch *launch = graph->first; launch && code == SUCCESS; launch = launch->next)
        code = execute(launch);
    return code;
}
int cuGraphExecDestroy(Graph *graph) { free(graph); return SUCCESS; }
int cuGraphDestroy(Graph *graph) { free(graph); return SUCCESS; }

static double milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1e3 + now.tv_nsec * 1e-6;
}
int cuEventCreate(Event **event, unsigned flags) {
    *event = calloc(1, sizeof **event);
    (*event)->context = context;
    return SUCCESS;
}
int cuEventDestroy_v2(Event *event) { free(event); return SUCCESS; }
int cuEventQuery(Event *event) { return SUCCESS; }
int cuEventRecord(Event *event, Stream *stream) {
    if (stream && stream->context != event->context)
        return refuse(INVALID_HANDLE, "a point of a stream of another context");
    event->time = milliseconds();
    return SUCCESS;
}
int cuEventSynchronize(Event *event) { return SUCCESS; }
int cuEventElapsedTime(float *elapsed, Event *start, Event *end) { *elapsed = end->time - start->time + 1e-3; return SUCCESS; }
int cuStreamWaitEvent(Stream *stream, Event *event, unsigned flags) { return event->time > 0 ? SUCCESS : refuse(INVALID_VALUE, "a wait for nothing"); }

int cuGetErrorString(int error, const char **text) { *text = failure; return SUCCESS; }
int cuGetErrorName(int error, const char **name) { *name = error == LAUNCH_FAILED ? "CUDA_ERROR_LAUNCH_FAILED" : "CUDA_ERROR"; return SUCCESS; }
