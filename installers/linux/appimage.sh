#!/bin/sh
# Makes an AppImage of the frozen program: appimage.sh VERSION [NAME]. Needs `appimagetool` on
# the PATH; it brings the runtime that every AppImage begins with. The AppImage lies in
# dist/packages; NAME is studiolo, or studiolo-full with models inside.
set -eu

version=$1
name=${2:-studiolo}
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
id=io.github.studiolo.Studiolo
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

mkdir -p "$folder/usr/lib"
cp -R "$root/dist/studiolo" "$folder/usr/lib/studiolo"
(cd "$root" && "${PYTHON:-python3}" -c "
import sys
from pathlib import Path
from installers.linux.packages import add_shared_files
add_shared_files(Path(sys.argv[1]))" "$folder/usr/share")
cp "$folder/usr/share/applications/$id.desktop" "$folder/"
cp "$folder/usr/share/icons/hicolor/256x256/apps/$id.png" "$folder/"
cat >"$folder/AppRun" <<'RUN'
#!/bin/sh
exec "$(dirname -- "$(readlink -f -- "$0")")/usr/lib/studiolo/studiolo" "$@"
RUN
chmod +x "$folder/AppRun"
mkdir -p "$root/dist/packages"
appimagetool --no-appstream "$folder" \
    "$root/dist/packages/$name-$version-$(uname -m).AppImage"
