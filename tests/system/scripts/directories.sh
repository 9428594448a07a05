# Deep and wide directories, working directories, path walks.
p=.; i=0; while [ $i -lt 60 ]; do p=$p/dir$i; i=$((i + 1)); done
mkdir -p $p; echo deep > $p/file; cat $p/file
cd $p; cat file; cd - > /dev/null; cat ./dir0/../dir0/dir1/../dir1/./dir2/x; echo $?
ln -s dir0/dir1 short; ls short; (cd short; cd ..; ls -d dir0; cd short; pwd -P | sed 's,.*/,,')
ln -s loop2 loop1; ln -s loop1 loop2; cat loop1; echo $?
ls file/ 2>&1; touch plain; ls plain/; cat plain/x; echo $?
mkdir many; i=0; while [ $i -lt 500 ]; do : > many/n$i; i=$((i + 1)); done; ls many | wc -l
rm -rf dir0; ls -A | sort
mkdir -m 700 m; stat -c %a m; mkdir m/a m/b; rmdir m; echo $?; rm -r m
long=$(seq 1 300 | tr -d '\n'); touch $long; echo $?
