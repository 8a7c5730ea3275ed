# Unpacks Debian packages, and what they need that is not installed here, into a folder.
#
#   sh unpack.sh FOLDER PACKAGE...
#
# The machine stays as it is: no package gets to run a script, no service starts, the package lists are the folder's own,
# and whoever may write to the folder may run this.
set -eu
folder=$1
shift
rm -rf "$folder"
mkdir -p "$folder/apt/state/lists/partial" "$folder/apt/cache/archives/partial"
apt() {
    apt-get --quiet --option APT::Sandbox::User="$(id -un)" --option APT::Install-Recommends=false \
        --option Dir::State="$folder/apt/state" --option Dir::State::Status=/var/lib/dpkg/status \
        --option Dir::Cache="$folder/apt/cache" --option Acquire::Retries=2 \
        --option Acquire::http::Timeout=20 --option Acquire::https::Timeout=20 "$@"
}
# A source that does not answer may not be needed either.
apt update || true
cd "$folder/apt"
apt install --simulate "$@" >plan
# The plan has lines such as `Inst NAME (VERSION ...`, or none where all is installed.
sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p' plan >missing
if [ -s missing ]; then
    # One word per package.
    # shellcheck disable=SC2046
    apt download $(cat missing)
    for package in *.deb; do dpkg-deb --extract "$package" "$folder"; done
fi
cd "$folder"
rm -r apt
