# Links, rename, unlink while open, permissions, times.
echo one > a; ln a b; ln -s a s; ln -s /no/where broken
stat -c '%h %s %F' a b s
echo two >> b; cat a
mv a c; cat s 2>&1; cat b
exec 3< b; rm b c; cat <&3; exec 3<&-
ls broken; cat broken
mkdir -p x/y; mv x z; ls -R z
rmdir z; echo $?
rm -r z; ls z
touch t; chmod 0 t; stat -c %a t; chmod u+rw,g+x t; stat -c %a t
umask 027; touch u; mkdir v; stat -c %a u v
touch -d '1999-12-31 23:59:59' t; stat -c '%Y' t
touch -r t u; stat -c %Y u; [ t -nt v ]; echo $?
mv -n t u; ls | sort
ln u u; echo $?
mkdir v; echo $?
mv v/none w; echo $?
cp -a v vv; ls -d vv
: > empty; [ -s empty ]; echo $?
chmod 4755 u; stat -c %a u
cd v && rmdir ../v; ls; cd ..; ls v
