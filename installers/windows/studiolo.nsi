; Studiolo's set-up for Windows: for one person, without administrator rights.
; makensis -DVERSION=0.1.0 -DFROZEN=folder -DOUTPUT=file.exe -DICON=file.ico studiolo.nsi
; Silently: Setup.exe /S [/D=C:\folder]; the uninstaller: Uninstall.exe /S [/REMOVEDATA]

Target amd64-unicode
Unicode true
ManifestDPIAware true
ManifestLongPathAware true
RequestExecutionLevel user
SetCompressor /SOLID lzma
SetCompressorDictSize 64

!include "MUI2.nsh"
!include "FileFunc.nsh"
!include "LogicLib.nsh"

!define UNINSTALL_KEY "Software\Microsoft\Windows\CurrentVersion\Uninstall\Studiolo"
!define PROGRAM_ID "Studiolo.Document"

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
!insertmacro MUI_UNPAGE_CONFIRM
!insertmacro MUI_UNPAGE_INSTFILES
!insertmacro MUI_LANGUAGE "English"
!insertmacro MUI_LANGUAGE "German"
!insertmacro MUI_LANGUAGE "French"
!insertmacro MUI_LANGUAGE "Spanish"

LangString RUNNING ${LANG_ENGLISH} "Studiolo is open. Close it, then press Retry."
LangString RUNNING ${LANG_GERMAN} "Studiolo ist geöffnet. Schließen Sie es und klicken Sie auf Wiederholen."
LangString RUNNING ${LANG_FRENCH} "Studiolo est ouvert. Fermez-le, puis cliquez sur Réessayer."
LangString RUNNING ${LANG_SPANISH} "Studiolo está abierto. Ciérrelo y pulse Reintentar."

; A program file that is in use cannot be renamed, so nothing is half replaced while Studiolo runs.
!macro WAIT_UNTIL_CLOSED PREFIX
Function ${PREFIX}WaitUntilClosed
    StrCpy $1 0
    again:
    ${IfNot} ${FileExists} "$INSTDIR\studiolo.exe"
        Return
    ${EndIf}
    ClearErrors
    FileOpen $0 "$INSTDIR\studiolo.exe" a
    ${If} ${Errors}
        ${If} ${Silent}
            IntOp $1 $1 + 1
            ${If} $1 > 30
                SetErrorLevel 2
                Abort
            ${EndIf}
            Sleep 1000
            Goto again
        ${EndIf}
        MessageBox MB_RETRYCANCEL|MB_ICONEXCLAMATION "$(RUNNING)" IDRETRY again
        Abort
    ${EndIf}
    FileClose $0
FunctionEnd
!macroend
!insertmacro WAIT_UNTIL_CLOSED ""
!insertmacro WAIT_UNTIL_CLOSED "un."

Section
    SetOutPath "$INSTDIR"
    Call WaitUntilClosed
    ; The program's files are all in one folder, so a new version leaves nothing of the old one.
    RMDir /r "$INSTDIR\_internal"
    File /r "${FROZEN}/*"
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
    ${GetSize} "$INSTDIR" "/S=0K" $0 $1 $2
    IntFmt $0 "0x%08X" $0
    WriteRegDWORD HKCU "${UNINSTALL_KEY}" "EstimatedSize" "$0"

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

Section "Uninstall"
    Call un.WaitUntilClosed
    ; Only what the set-up wrote: a folder that was chosen by hand may hold other things.
    RMDir /r "$INSTDIR\_internal"
    Delete "$INSTDIR\studiolo.exe"
    Delete "$INSTDIR\studiolo-window.exe"
    Delete "$INSTDIR\Uninstall.exe"
    RMDir "$INSTDIR"
    Delete "$SMPROGRAMS\Studiolo.lnk"
    DeleteRegKey HKCU "${UNINSTALL_KEY}"
    DeleteRegKey HKCU "Software\Studiolo"
    DeleteRegKey HKCU "Software\Classes\${PROGRAM_ID}"
    !macro WITHDRAW ENDING
        DeleteRegValue HKCU "Software\Classes\.${ENDING}\OpenWithProgids" "${PROGRAM_ID}"
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
    ; Documents, chats and models stay unless this is asked for in so many words.
    ${GetParameters} $0
    ClearErrors
    ${GetOptions} $0 "/REMOVEDATA" $1
    ${IfNot} ${Errors}
        RMDir /r "$LOCALAPPDATA\studiolo"
    ${EndIf}
    System::Call 'shell32::SHChangeNotify(i 0x08000000, i 0, p 0, p 0)'
SectionEnd
