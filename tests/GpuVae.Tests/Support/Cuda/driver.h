// What driver.c and block.c know of each other.
#include <stdint.h>

extern int standin_reversed;    // whether the last thread runs first, and the last block, and copies arrive when they are waited for
extern int standin_approximate; // whether functions that PTX calls approximate are off by what its manual allows

void standin_fault(const char *what, uint64_t address, int thread);
char *standin_global(uint64_t address, int bytes, int is_store); // the place, or memory to spare after a fault
void standin_run(const void *kernel, const char *params, const uint32_t *grid, const uint32_t *size, int together); // whether all blocks at once
