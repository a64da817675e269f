// Runs a grid, block after block. The threads of a block take turns: each runs until it waits at a barrier, at a product of its warp,
// or has returned.
enum { RETURNED, AT_BARRIER, AT_PRODUCT, READY };

// mma.sync of m16n8k8 (tf32) and m16n8k16 (bf16), by the layouts of fragments in the PTX manual: row lane / 4, columns by lane % 4.
static void multiply(Thread *warp) {
    int depth = warp->product_depth;
    float a[16][16], b[16][8], c[16][8];
    for (int lane = 0; lane < 32; lane++) {
        Thread *t = warp + lane;
        int group = lane >> 2, member = lane & 3;
        for (int i = 0; i < (depth == 8 ? 4 : 8); i++) {
            int row = (depth == 8 ? i & 1 : (i >> 1) & 1) ? group + 8 : group;
            if (depth == 8)
                a[row][member + (i >> 1) * 4] = F32(t->a[i]);
            else
                a[row][member * 2 + (i & 1) + (i >> 2) * 8] = F32((t->a[i / 2] >> (i & 1 ? 16 : 0)) << 16);
        }
        for (int i = 0; i < (depth == 8 ? 2 : 4); i++) {
            if (depth == 8)
                b[member + i * 4][group] = F32(t->b[i]);
            else
                b[member * 2 + (i & 1) + (i >> 1) * 8][group] = F32((t->b[i / 2] >> (i & 1 ? 16 : 0)) << 16);
        }
        for (int i = 0; i < 4; i++)
            c[i < 2 ? group : group + 8][member * 2 + (i & 1)] = t->c[i];
    }
    for (int row = 0; row < 16; row++) {
        for (int column = 0; column < 8; column++) {
            float sum = 0;
            for (int k = 0; k < depth; k++)
                sum += a[row][k] * b[k][column];
            c[row][column] += sum;
        }
    }
    for (int lane = 0; lane < 32; lane++) {
        for (int i = 0; i < 4; i++)
            warp[lane].c[i] = c[i < 2 ? lane >> 2 : (lane >> 2) + 8][(lane & 3) * 2 + (i & 1)];
    }
}

// Until all threads of a warp are at a barrier or have returned. False after a fault that leaves nothing to go on with.
static int run_warp(Thread *threads, char *states, int first, int count, const Block *block) {
    for (;;) {
        int waiting = 0;
        for (int i = first; i < first + count; i++)
            waiting += states[i] == AT_PRODUCT;
        if (waiting == 0)
            return 1;
        int together = waiting == 32;
        for (int i = first; i < first + count; i++)
            together &= threads[i].place == threads[first].place;
        if (!together) {
            host->fault("the threads of a warp are not at one product", 0, first);
            return 0;
        }
        multiply(threads + first);
        for (int i = first; i < first + count; i++) {
            thread_now = i;
            states[i] = step(threads + i, block);
        }
    }
}

static int run_block(Thread *threads, char *states, int count, const Block *block) {
    memset(shared_memory, 0xff, shared_size); // not a number
    memset(shadow, 0, (shared_size / 4 + 1) * sizeof *shadow);
    phase = 1;
    for (int i = 0; i < count; i++) {
        Thread *t = threads + i;
        memset(t, 0xff, sizeof *t);
        t->place = 0;
        t->id = i;
        t->tx = i % block->bx;
        t->ty = i / block->bx % block->by;
        t->tz = i / block->bx / block->by;
        memset(t->branches, 0, sizeof t->branches);
        states[i] = READY;
    }
    for (;;) {
        for (int j = 0; j < count; j++) {
            int i = host->reversed ? count - 1 - j : j;
            if (states[i] != READY)
                continue;
            thread_now = i;
            states[i] = step(threads + i, block);
        }
        for (int first = 0; first < count; first += 32) {
            if (!run_warp(threads, states, first, count - first < 32 ? count - first : 32, block))
                return 0;
        }
        int at_barrier = 0, place = -1;
        for (int i = 0; i < count; i++) {
            if (states[i] != AT_BARRIER)
                continue;
            if (at_barrier++ > 0 && threads[i].place != place) {
                host->fault("the threads of a block wait at different barriers", 0, i);
                return 0;
            }
            place = threads[i].place;
        }
        if (at_barrier == 0)
            break;
        if (at_barrier < count) {
            host->fault("a barrier after some threads of the block have returned", 0, at_barrier);
            return 0;
        }
        phase++;
        memset(states, READY, count);
    }
    // A branch that is marked as uniform goes the same way in all threads of a warp.
    for (int i = 0; i < count; i++) {
        Thread *one = threads + i / 32 * 32;
        for (int branch = 1; branch <= BRANCHES; branch++) {
            if (threads[i].branches[branch].count == one->branches[branch].count && threads[i].branches[branch].ways != one->branches[branch].ways)
                host->fault("a branch that is marked as uniform is not", branch, i);
        }
    }
    return 1;
}

void run(const Host *caller, const char *params, const uint32_t *grid, const uint32_t *size) {
    host = caller;
    int count = size[0] * size[1] * size[2];
    Thread *threads = malloc(count * sizeof *threads);
    char *states = malloc(count);
    shared_memory = malloc(shared_size + 16);
    shadow = malloc((shared_size / 4 + 1) * sizeof *shadow);
    int goes_on = 1;
    for (uint32_t z = 0; goes_on && z < grid[2]; z++) {
        for (uint32_t y = 0; goes_on && y < grid[1]; y++) {
            for (uint32_t x = 0; goes_on && x < grid[0]; x++) {
                Block block = { size[0], size[1], size[2], x, y, z, grid[0], grid[1], grid[2], params };
                goes_on = run_block(threads, states, count, &block);
            }
        }
    }
    free(threads);
    free(states);
    free(shared_memory);
    free(shadow);
}
