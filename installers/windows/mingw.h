/* Declares what llama.cpp uses and MinGW 10's headers lack (processthreadsapi.h of Windows's SDK). */
#ifndef STUDIOLO_MINGW_H
#define STUDIOLO_MINGW_H

#include <windows.h>

#ifndef THREAD_POWER_THROTTLING_CURRENT_VERSION
#define THREAD_POWER_THROTTLING_CURRENT_VERSION 1
#define THREAD_POWER_THROTTLING_EXECUTION_SPEED 0x1

typedef struct _THREAD_POWER_THROTTLING_STATE {
    ULONG Version;
    ULONG ControlMask;
    ULONG StateMask;
} THREAD_POWER_THROTTLING_STATE;
#endif

#endif
