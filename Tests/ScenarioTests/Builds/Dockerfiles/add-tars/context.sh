mkdir in; echo packed > in/file; ln -s file in/link; touch -d @981173106 in/file in
pack() { tar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@981173106 "$@"; }
pack -cf plain.tar in; pack -czf gzip.tar.gz in; pack -cjf bzip2.tbz2 in; pack -cJf xz.txz in; pack --zstd -cf zstd.tar.zst in; cp gzip.tar.gz unsuffixed
echo note > note; rm -r in
