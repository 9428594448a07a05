# Errors of the shell: not found, not executable, syntax, unset, bad redirection.
nothing_of_that_name; echo $?
touch plain; ./plain; echo $?
mkdir dir; ./dir; echo $?
chmod +x plain; ./plain; echo $?
sh -c 'if then'; echo $?
sh -c 'echo $((1 / 0))'; echo $?
sh -u -c 'echo $unset_name'; echo $?
sh -c 'cd /no/where'; echo $?
. ./missing; echo never
