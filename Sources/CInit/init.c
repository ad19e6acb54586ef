#include "CInit.h"

/// Embedded Swift has no CommandLine; glibc hands main's arguments to every constructor too.
static int argument_count;
static char **arguments;

__attribute__((constructor)) static void keep_arguments(int count, char **values) {
    argument_count = count;
    arguments = values;
}

int ci_argument_count(void) { return argument_count; }
char **ci_arguments(void) { return arguments; }
