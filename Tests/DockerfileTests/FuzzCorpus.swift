/// Small inputs for every reader of foreign bytes, to be damaged by the fuzz targets.
enum FuzzCorpus {
    static let files = [
        "# syntax=x\n# escape=`\n# check=skip=A;error=false\nARG A=1 B\nFROM --platform=$A img:${B:-x} AS s\nRUN a `\n  # c\n\n b\n",
        "FROM a AS b\r\nCOPY --from=b --chown=1:2 [\"x y\", \"/z/\"]\r\nFROM b\r\nCOPY --from=0 <<-'E' <<F g /h\r\n\tx\r\nE\r\n$A\r\nF\r\n",
        "FROM a\nRUN --network=none --security=insecure <<EOF\n#!/bin/sh\nx\nEOF\nONBUILD RUN cat <<X\ny\nX\nCMD [\"a\", \"\\u00e9\\n\"]\n",
        "FROM a\nENV A=b 'C'=\"d $A\" E=f\\ g\nENV H i j\nLABEL k=l m=\"n o\"\nEXPOSE 80 81-83/udp $P/tcp\nVOLUME [\"/a\"] \nUSER ${U:-me}:x\n",
        "FROM a AS one\nFROM a AS two\nCOPY --from=one . .\nFROM two\nRUN --mount=from=one,target=/x --mount=type=cache,target=/y true\n",
        "FROM a\nHEALTHCHECK --interval=1m30s --retries=3 CMD [\"x\"]\nSTOPSIGNAL SIGRTMIN+3\nSHELL [\"sh\"]\nMAINTAINER ü\nWORKDIR ../x\n",
        "from a as b\nARG PASSWORD=${X:?no} Y\nADD --checksum=sha256:00 --unpack=true http://x/y git@h:z /w/\nENTRYPOINT exec $A\n",
    ].map { Array($0.utf8) }

    static let words = [
        "a${A:-b$C}d", "${A#*/}${A##*/}${A%.*}${A%%.*}", "${A/b/c}${A//[a/\\/}", "'x $A' \"y ${EMPTY:+z} \\\"\" w\\ v",
        "$1$@${P#a\\*}$$", "<<- EOF <<'A B' 3<<X", "1h30m1.5s", "1.5GiB", "/a/../b/./c//", "${X:?${A?$B}}", "\\${A}`$A",
    ].map { Array($0.utf8) }

    static let mounts = [
        "type=bind,from=a,source=/s,target=/t,rw x", "type=cache,id=i,sharing=locked,mode=0755,uid=1,gid=2,dst=/c x",
        "type=tmpfs,target=/t,size=64m --mount=type=ssh,required x",
        "'type=secret,id=a,env=B,\"target=/x,y\"' --device=a=b,required x",
        "type=${T:-cache},target=/$A,ro=true,readonly=false x",
    ].map { Array($0.utf8) }

    static let ignoreFiles = [
        "# c\n*\n!src/**/*.md\nsrc/[a-z]?.md\n", "**/.git\n!/a/./b/../b.md\n\\#x\n  ü  \n",
        "*.md\n!README*.md\nx/*\n!x/README.md\n",
        "[^a-b]\n**b\na**\n!!a\n", "a/b*/\n!a/b.md\n..\n!.\n",
    ].map { Array($0.utf8) }
}
