#!/bin/sh
# make-bundle.sh BUILD SOURCE FOLDER: puts what was built, with the libraries it needs, into FOLDER, which can
# be moved anywhere.
set -eu
build=$1 source=$2 folder=$3
rm -rf "$folder"
mkdir -p "$folder/program/lib"
for program in gemini-balance.fcgi gbctl; do
    ${STRIP:-strip} -o "$folder/program/$program" "$build/$program"
    ldd "$build/$program"
done | sed -n 's|^.*=> \(/[^ ]*\) .*|\1|p; s|^[[:space:]]*\(/[^ ]*/ld[^ ]*\) .*|\1|p' | sort -u | while read -r library; do
    case ${library##*/} in
    ld-* | ld.so* | ld64*) cp -L "$library" "$folder/program/lib/loader" ;;
    *) cp -L "$library" "$folder/program/lib/" ;;
    esac
done
[ -x "$folder/program/lib/loader" ] || chmod 755 "$folder/program/lib/loader"
cp -r "$source/templates" "$source/static" "$folder/program/"
rm -f "$folder/program/templates/local.mk" "$folder/program/static/local.mk"
for certificates in /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt; do
    [ ! -r "$certificates" ] || { cp -L "$certificates" "$folder/program/ca-certificates.crt" && break; }
done
cp "$source/conf/bundle/refuse.htaccess" "$folder/program/.htaccess"
cp "$source/conf/bundle/htaccess" "$folder/.htaccess"
cp "$source/conf/bundle/README.txt" "$folder/"
for name in gemini-balance.cgi gemini-balance.fcgi gbctl; do
    cp "$source/conf/bundle/start.sh" "$folder/$name"
done
# suexec runs nothing that others may write.
chmod -R u=rwX,go=rX "$folder"
chmod 755 "$folder/gemini-balance.cgi" "$folder/gemini-balance.fcgi" "$folder/gbctl"
