/* The program's executables on Windows: Python in this process, from the folder `_internal`.
 *
 * Compiled twice: with a console (`studiolo.exe ask`), and with -DWINDOWED for the menu, where no
 * console may open behind the window. No argument of the person's is read by Python itself.
 */
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <wchar.h>

#define LONGEST 32768 /* characters of a path: Windows's own limit */

typedef int (*Main)(int, wchar_t **);

static int fail(const wchar_t *reason) {
#ifdef WINDOWED
    MessageBoxW(NULL, reason, L"Studiolo", MB_ICONERROR);
#else
    fwprintf(stderr, L"%ls\n", reason);
#endif
    return 1;
}

int wmain(int count, wchar_t **arguments) {
    static wchar_t folder[LONGEST], library[LONGEST], script[LONGEST];
    DWORD length = GetModuleFileNameW(NULL, folder, LONGEST);
    wchar_t *name = length && length < LONGEST ? wcsrchr(folder, L'\\') : NULL;
    if (name == NULL || wcslen(folder) + 64 > LONGEST)
        return fail(L"Studiolo cannot find its own folder.");
    *name = L'\0';
    swprintf(library, LONGEST, L"%ls\\_internal\\" PYTHON_DLL, folder);
    swprintf(script, LONGEST, L"%ls\\_internal\\start.py", folder);
    /* The library's own folder comes first where it looks for what it needs, never the current one. */
    HMODULE python = LoadLibraryExW(library, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
    Main run = python ? (Main)(void *)GetProcAddress(python, "Py_Main") : NULL;
    if (run == NULL)
        return fail(L"Studiolo is damaged: Python is missing. Install it again.");
    wchar_t **given = calloc((size_t)count + 4, sizeof *given);
    if (given == NULL)
        return fail(L"There is not enough memory.");
    int total = 0;
    given[total++] = arguments[0];
    given[total++] = L"-I"; /* neither the environment nor the working directory counts */
    given[total++] = script;
    for (int index = 1; index < count; index++)
        given[total++] = arguments[index];
    return run(total, given);
}
