; Studiolo's set-up for Windows: for one person, without administrator rights.
; makensis -DVERSION=0.1.0 -DFROZEN=folder -DOUTPUT=file.exe -DICON=file.ico -DKILOBYTES=1
;     [-DQUICK] studiolo.nsi
; Silently: Setup.exe /S [/D=C:\folder]; the uninstaller: Uninstall.exe /S [/REMOVEDATA]
; Their status is 2 if they changed nothing, because Studiolo did not close or a file could not be
; written.
;
; A new version is unpacked beside the old one, which then makes room for it: whatever happens
; before, the old one is whole, and if a file cannot be moved, it is put back.

Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestLongPathAware true
RequestExecutionLevel user
!ifdef QUICK
    SetCompress off
!else
    SetCompressor /SOLID lzma
    SetCompressorDictSize 64
!endif
AllowSkipFiles off ; else a silent set-up passes over files that it cannot write

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Studiolo"
!define PROGRAM_ID "Studiolo.Document"
!define NEW "_studiolo-new"
!define OLD "_studiolo-old"
; All that is installed, besides the uninstaller. build.py makes sure that there is nothing else.
!define INSIDE "_internal"
!define COMMAND "studiolo.exe"
!define WINDOW "studiolo-window.exe"

Name "Studiolo"
OutFile "${OUTPUT}"
InstallDir "$LOCALAPPDATA\Programs\Studiolo"
InstallDirRegKey HKCU "Software\Studiolo" "Folder"
VIProductVersion "${VERSION}.0"
VIAddVersionKey "ProductName" "Studiolo"
VIAddVersionKey "FileDescription" "Studiolo set-up"
VIAddVersionKey "FileVersion" "${VERSION}"
VIAddVersionKey "LegalCopyright" "Apache License 2.0"

!define MUI_ICON "${ICON}"
!define MUI_UNICON "${ICON}"
!define MUI_FINISHPAGE_RUN "$INSTDIR\studiolo-window.exe"
!insertmacro MUI_PAGE_DIRECTORY
!insertmacro MUI_PAGE_INSTFILES
!insertmacro MUI_PAGE_FINISH
!define MUI_COMPONENTSPAGE_NODESC
!insertmacro MUI_UNPAGE_COMPONENTS
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Spanish"

LangString RUNNING ${LANG_ENGLISH} "Studiolo is open. OK closes its window, and waits for commands that are running."
LangString RUNNING ${LANG_GERMAN} "Studiolo ist geöffnet. OK schließt das Fenster und wartet auf laufende Befehle."
LangString RUNNING ${LANG_FRENCH} "Studiolo est ouvert. OK ferme sa fenêtre et attend les commandes en cours."
LangString RUNNING ${LANG_SPANISH} "Studiolo está abierto. Aceptar cierra su ventana y espera a las órdenes en curso."
LangString IN_THE_WAY ${LANG_ENGLISH} "A file could not be replaced. The version that was installed is unchanged."
LangString IN_THE_WAY ${LANG_GERMAN} "Eine Datei ließ sich nicht ersetzen. Die installierte Version ist unverändert."
LangString IN_THE_WAY ${LANG_FRENCH} "Un fichier n'a pas pu être remplacé. La version installée est inchangée."
LangString IN_THE_WAY ${LANG_SPANISH} "No se pudo reemplazar un archivo. La versión instalada no ha cambiado."
LangString NOT_OURS ${LANG_ENGLISH} "This folder holds other files. Choose another one."
LangString NOT_OURS ${LANG_GERMAN} "In diesem Ordner liegen andere Dateien. Wählen Sie einen anderen."
LangString NOT_OURS ${LANG_FRENCH} "Ce dossier contient d'autres fichiers. Choisissez-en un autre."
LangString NOT_OURS ${LANG_SPANISH} "Esta carpeta contiene otros archivos. Elija otra."
LangString PERSONS_DATA ${LANG_ENGLISH} "Library, chats and models"
LangString PERSONS_DATA ${LANG_GERMAN} "Bibliothek, Chats und Modelle"
LangString PERSONS_DATA ${LANG_FRENCH} "Bibliothèque, conversations et modèles"
LangString PERSONS_DATA ${LANG_SPANISH} "Biblioteca, conversaciones y modelos"

Var held_command
Var held_window

; Windows refuses to open for writing what is running. While the two executables are held open,
; none can start, and everything else of the program is started by them.
!macro HOLD HANDLE FILE
    StrCpy ${HANDLE} ""
    ${If} ${FileExists} "${FILE}"
        ClearErrors
        FileOpen ${HANDLE} "${FILE}" a
        ${If} ${Errors}
            StrCpy ${HANDLE} ""
            StrCpy $0 "${FILE}"
        ${EndIf}
    ${EndIf}
!macroend

!macro LET_GO HANDLE
    ${If} ${HANDLE} != ""
        FileClose ${HANDLE}
        StrCpy ${HANDLE} ""
    ${EndIf}
!macroend

!macro TRY PATTERN
    FindFirst $2 $3 "$INSTDIR\${INSIDE}\${PATTERN}"
    ${DoWhile} $3 != ""
        !insertmacro HOLD $4 "$INSTDIR\${INSIDE}\$3"
        !insertmacro LET_GO $4
        FindNext $2 $3
    ${Loop}
    FindClose $2
!macroend

!macro FUNCTIONS PREFIX
Function ${PREFIX}LetGo
    !insertmacro LET_GO $held_command
    !insertmacro LET_GO $held_window
FunctionEnd

; Holds the program if nothing of it runs. Sets $0 to a file that is in use, or to "".
Function ${PREFIX}Hold
    StrCpy $0 ""
    !insertmacro HOLD $held_command "$INSTDIR\${COMMAND}"
    !insertmacro HOLD $held_window "$INSTDIR\${WINDOW}"
    ; Its workers, which may outlive it by a moment: interpreters, or anything that has loaded Python.
    !insertmacro TRY "python*.exe"
    !insertmacro TRY "python*.dll"
    ${If} $0 != ""
        Call ${PREFIX}LetGo
    ${EndIf}
FunctionEnd

; Returns when nothing of the program runs or can start. Asks windows to close as their own button
; does: a silent set-up at once, else if the person agrees.
Function ${PREFIX}WaitUntilClosed
    StrCpy $1 0
    again:
    Call ${PREFIX}Hold
    ${If} $0 == ""
        Return
    ${EndIf}
    DetailPrint "$0"
    ${If} $1 = 120
        ${If} ${Silent}
            SetErrorLevel 2
            Quit
        ${EndIf}
        StrCpy $1 0
    ${EndIf}
    ${If} $1 = 4 ; two seconds: what ends by itself, and virus scanners, get them
        ${IfNot} ${Silent}
            MessageBox MB_OKCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" IDOK +2
            Abort
        ${EndIf}
        nsExec::Exec '"$SYSDIR\taskkill.exe" /IM ${WINDOW}'
        Pop $5
    ${EndIf}
    IntOp $1 $1 + 1
    Sleep 500
    Goto again
FunctionEnd
!macroend
!insertmacro FUNCTIONS ""
!insertmacro FUNCTIONS "un."

; Takes a folder of its own if the chosen one holds other things: what is named like ours there is
; not ours to replace.
Function ChooseFolder
    StrCpy $1 0
    ${Do}
        ${If} ${FileExists} "$INSTDIR\${COMMAND}"
        ${OrIf} ${FileExists} "$INSTDIR\${WINDOW}"
            Return
        ${EndIf}
        RMDir /r "$INSTDIR\${NEW}" ; of a set-up that was broken off
        ${DirState} "$INSTDIR" $0
        ${If} $0 <> 1
            Return
        ${EndIf}
        StrCpy $INSTDIR "$INSTDIR\Studiolo"
        IntOp $1 $1 + 1
    ${LoopUntil} $1 > 1
    StrCpy $R3 "$(NOT_OURS)"
    Call Fail
FunctionEnd

; Moves $R0 to $R1. Tries for some seconds: virus scanners open files that are new. Sets the error
; flag if it cannot.
Function Move
    StrCpy $R2 0
    ${Do}
        ClearErrors
        Rename "$R0" "$R1"
        ${IfNot} ${Errors}
            Return
        ${EndIf}
        Sleep 250
        IntOp $R2 $R2 + 1
    ${LoopUntil} $R2 > 40
    SetErrors
FunctionEnd

; Puts the version before back where it has made room.
Function PutBack
    Call LetGo
    !macro PUT_BACK NAME
        ${If} ${FileExists} "$INSTDIR\${OLD}\${NAME}"
            RMDir /r "$INSTDIR\${NAME}"
            Delete "$INSTDIR\${NAME}"
            Rename "$INSTDIR\${OLD}\${NAME}" "$INSTDIR\${NAME}"
        ${EndIf}
    !macroend
    !insertmacro PUT_BACK "${INSIDE}"
    !insertmacro PUT_BACK "${COMMAND}"
    !insertmacro PUT_BACK "${WINDOW}"
    RMDir "$INSTDIR\${OLD}"
    RMDir /r "$INSTDIR\${NEW}"
    RMDir "$INSTDIR"
FunctionEnd

; Ends the set-up, and says $R3.
Function Fail
    Call PutBack
    ${IfNot} ${Silent}
        MessageBox MB_OK|MB_ICONSTOP "$R3"
    ${EndIf}
    SetErrorLevel 2
    ${If} ${Silent}
        Quit
    ${EndIf}
    Abort
FunctionEnd

Function .onInstFailed
    SetOutPath "$TEMP"
    Call PutBack
FunctionEnd

; Has the version before make room for a part of the new one.
!macro REPLACE NAME
    ${If} ${FileExists} "$INSTDIR\${NAME}"
        StrCpy $R0 "$INSTDIR\${NAME}"
        StrCpy $R1 "$INSTDIR\${OLD}\${NAME}"
        Call Move
        ${If} ${Errors}
            StrCpy $R3 "$(IN_THE_WAY)"
            Call Fail
        ${EndIf}
    ${EndIf}
    StrCpy $R0 "$INSTDIR\${NEW}\${NAME}"
    StrCpy $R1 "$INSTDIR\${NAME}"
    Call Move
    ${If} ${Errors}
        StrCpy $R3 "$(IN_THE_WAY)"
        Call Fail
    ${EndIf}
!macroend

Section
    Call ChooseFolder
    Call WaitUntilClosed
    RMDir /r "$INSTDIR\${NEW}"
    RMDir /r "$INSTDIR\${OLD}"
    SetOutPath "$INSTDIR\${NEW}"
    ; What is unpacked there gets it too: the process that reads documents runs in a container
    ; without a network, which reads only what all containers may (app/privacy/container_windows.py).
    nsExec::Exec '"$SYSDIR\icacls.exe" "$INSTDIR\${NEW}" /grant *S-1-15-2-1:(OI)(CI)(RX)'
    Pop $5
    File /r "${FROZEN}\*"
    SetOutPath "$INSTDIR" ; Windows keeps the current folder
    CreateDirectory "$INSTDIR\${OLD}"
    !insertmacro REPLACE "${INSIDE}"
    Call LetGo
    !insertmacro REPLACE "${COMMAND}"
    !insertmacro REPLACE "${WINDOW}"
    RMDir /r "$INSTDIR\${OLD}"
    ; An installation in another folder goes. `NEW` tells whether it is the same by another name.
    ReadRegStr $0 HKCU "Software\Studiolo" "Folder"
    ${If} ${FileExists} "$0\Uninstall.exe"
    ${AndIfNot} ${FileExists} "$0\${NEW}"
        ExecWait '"$0\Uninstall.exe" /S _?=$0' $1
        ${If} $1 = 0
            Delete "$0\Uninstall.exe"
            RMDir "$0"
        ${EndIf}
    ${EndIf}
    RMDir /r "$INSTDIR\${NEW}"
    WriteUninstaller "$INSTDIR\Uninstall.exe"

    CreateShortCut "$SMPROGRAMS\Studiolo.lnk" "$INSTDIR\studiolo-window.exe"
    WriteRegStr HKCU "Software\Studiolo" "Folder" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayName" "Studiolo"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayVersion" "${VERSION}"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "DisplayIcon" "$INSTDIR\studiolo-window.exe"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "Publisher" "The Studiolo developers"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "InstallLocation" "$INSTDIR"
    WriteRegStr HKCU "${UNINSTALL_KEY}" "UninstallString" '"$INSTDIR\Uninstall.exe"'
    WriteRegStr HKCU "${UNINSTALL_KEY}" "QuietUninstallString" '"$INSTDIR\Uninstall.exe" /S'
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoModify" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "NoRepair" 1
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" ${KILOBYTES}

    ; "Open with": offered, never made the default.
    WriteRegStr HKCU "Software\Classes\${PROGRAM_ID}" "" "Studiolo"
    WriteRegStr HKCU "Software\Classes\${PROGRAM_ID}\shell\open\command" "" \
        '"$INSTDIR\studiolo-window.exe" open "%1"'
    !macro OFFER ENDING
        WriteRegStr HKCU "Software\Classes\.${ENDING}\OpenWithProgids" "${PROGRAM_ID}" ""
    !macroend
    !insertmacro OFFER "pdf"
    !insertmacro OFFER "docx"
    !insertmacro OFFER "xlsx"
    !insertmacro OFFER "pptx"
    !insertmacro OFFER "odt"
    !insertmacro OFFER "ods"
    !insertmacro OFFER "odp"
    !insertmacro OFFER "rtf"
    !insertmacro OFFER "epub"
    !insertmacro OFFER "txt"
    !insertmacro OFFER "md"
    !insertmacro OFFER "csv"
    !insertmacro OFFER "html"
    !insertmacro OFFER "eml"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

Section "un.Studiolo"
    SectionIn RO
    Call un.WaitUntilClosed
    ; Only what the set-up wrote: a folder that was chosen by hand may hold other things.
    RMDir /r "$INSTDIR\${NEW}"
    RMDir /r "$INSTDIR\${OLD}"
    RMDir /r "$INSTDIR\${INSIDE}"
    Call un.LetGo
    Delete "$INSTDIR\${COMMAND}"
    Delete "$INSTDIR\${WINDOW}"
    Delete "$INSTDIR\Uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\Studiolo.lnk"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    DeleteRegKey HKCU "Software\Studiolo"
    DeleteRegKey HKCU "Software\Classes\${PROGRAM_ID}"
    System::Call 'userenv::DeleteAppContainerProfile(w "Studiolo.Reader")'
    !macro WITHDRAW ENDING
        DeleteRegValue HKCU "Software\Classes\.${ENDING}\OpenWithProgids" "${PROGRAM_ID}"
        DeleteRegKey /ifempty HKCU "Software\Classes\.${ENDING}\OpenWithProgids"
        DeleteRegKey /ifempty HKCU "Software\Classes\.${ENDING}"
    !macroend
    !insertmacro WITHDRAW "pdf"
    !insertmacro WITHDRAW "docx"
    !insertmacro WITHDRAW "xlsx"
    !insertmacro WITHDRAW "pptx"
    !insertmacro WITHDRAW "odt"
    !insertmacro WITHDRAW "ods"
    !insertmacro WITHDRAW "odp"
    !insertmacro WITHDRAW "rtf"
    !insertmacro WITHDRAW "epub"
    !insertmacro WITHDRAW "txt"
    !insertmacro WITHDRAW "md"
    !insertmacro WITHDRAW "csv"
    !insertmacro WITHDRAW "html"
    !insertmacro WITHDRAW "eml"
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd

; Documents, chats and models stay unless this is asked for in so many words.
Section /o "un.$(PERSONS_DATA)" PERSONS_DATA_SECTION
    RMDir /r "$LOCALAPPDATA\studiolo"
SectionEnd

Function un.onInit
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/REMOVEDATA" $1
    ${IfNot} ${Errors}
        SectionSetFlags ${PERSONS_DATA_SECTION} 1
    ${EndIf}
FunctionEnd
