#!/bin/sh
# Installs Studiolo for the person who runs it, without root: `./install.sh`, and
# `./install.sh --uninstall` to remove it. Documents, chats and models are kept.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
data="${XDG_DATA_HOME:-$HOME/.local/share}"
program="$data/studiolo-program"
id=io.github.studiolo.Studiolo

remove() {
    rm -rf "$program" "$program.new" "$program.old"
    rm -f "$HOME/.local/bin/studiolo" "$data/applications/$id.desktop" \
        "$data/metainfo/$id.metainfo.xml"
    for icon in "$data"/icons/hicolor/*/apps/"$id".*; do
        rm -f "$icon"
    done
}

refresh() {
    if command -v update-desktop-database >/dev/null 2>&1; then
        update-desktop-database -q "$data/applications" || true
    fi
}

case "${1:-}" in
--uninstall)
    remove
    refresh
    echo "Studiolo is removed. Your documents, chats and models are kept."
    exit 0
    ;;
"") ;;
*)
    echo "Usage: install.sh [--uninstall]" >&2
    exit 2
    ;;
esac

mkdir -p "$data/applications" "$data/metainfo" "$HOME/.local/bin"
# The new version is complete before the old one goes; a copy that is cut short leaves the old one.
rm -rf "$program.new" "$program.old"
cp -R "$here/studiolo" "$program.new"
if [ -e "$program" ]; then
    mv "$program" "$program.old"
fi
mv "$program.new" "$program"
rm -rf "$program.old"

ln -sf "$program/studiolo" "$HOME/.local/bin/studiolo"
# A folder's name may hold characters that a desktop entry must quote.
quoted=$(printf '%s' "$program/studiolo" | sed -e 's/[\\"`$]/\\\\&/g' -e 's/%/%%/g')
awk -v command="\"$quoted\" open %F" \
    '/^Exec=/ { print "Exec=" command; next } { print }' \
    "$here/share/applications/$id.desktop" >"$data/applications/$id.desktop"
cp "$here/share/metainfo/$id.metainfo.xml" "$data/metainfo/"
(cd "$here/share/icons" && find hicolor -type f) | while read -r icon; do
    mkdir -p "$data/icons/$(dirname "$icon")"
    cp "$here/share/icons/$icon" "$data/icons/$icon"
done
refresh
echo "Studiolo is installed. Start it from the menu, or with: $HOME/.local/bin/studiolo"
