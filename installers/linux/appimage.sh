#!/bin/sh
# Makes an AppImage of the frozen program: appimage.sh VERSION. Needs `appimagetool` on the PATH;
# it brings the runtime that every AppImage begins with.
set -eu

version=$1
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
appimagetool --no-appstream "$folder" "$root/dist/Studiolo-$version-$(uname -m).AppImage"
