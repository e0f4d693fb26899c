/* make install, uninstall and dist: what lands where, and that nothing of it stays. The package of
 * `make deb` is tried by test/package. */
#include "test/kit/programs.h"
#include "test/kit/scratch_folder.h"
#include "test/suites.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MAKE_PATIENCE_MS = 90000 };

static char folder[SCRATCH_FOLDER_SIZE];

static void set_up(void)
{
    scratch_folder_make(folder, "install");
}

static void tear_down(void)
{
    scratch_folder_remove(folder);
}

/* Runs a line of sh, in which $1 is the folder, and returns what it printed. The umask is one that
 * a careful root has. */
static const char *run(const char *line)
{
    static char printed[1 << 16];
    struct program *shell = program_start("/bin/sh", "-euc", line, "sh", folder, NULL);
    program_set_patience(shell, MAKE_PATIENCE_MS);
    ck_assert_msg(program_wait_exit(shell) == 0, "%s\n%s", line,
                  program_output_end(shell, PROGRAM_STDERR));
    snprintf(printed, sizeof printed, "%s", program_output(shell, PROGRAM_STDOUT));
    program_destroy(shell);
    return printed;
}

#define INSTALL "umask 077; make install DESTDIR=\"$1\" >&2; "
#define LIST    "cd \"$1\"; find . -type f -printf '%m %p\\n' | LC_ALL=C sort -k2; "

START_TEST(each_file_has_its_place)
{
    ck_assert_str_eq(run(INSTALL LIST),
                     "755 ./usr/local/bin/comms-client\n"
                     "755 ./usr/local/bin/comms-server\n"
                     "644 ./usr/local/lib/systemd/system/comms-server.service\n"
                     "644 ./usr/local/lib/systemd/system/comms-server.socket\n"
                     "644 ./usr/local/share/bash-completion/completions/comms-client\n"
                     "644 ./usr/local/share/bash-completion/completions/comms-server\n"
                     "644 ./usr/local/share/comms/comms.rules.yml\n"
                     "644 ./usr/local/share/comms/dashboard.json\n"
                     "644 ./usr/local/share/fish/vendor_completions.d/comms-client.fish\n"
                     "644 ./usr/local/share/fish/vendor_completions.d/comms-server.fish\n"
                     "644 ./usr/local/share/man/man1/comms-client.1\n"
                     "644 ./usr/local/share/man/man1/comms-server.1\n"
                     "644 ./usr/local/share/zsh/site-functions/_comms-client\n"
                     "644 ./usr/local/share/zsh/site-functions/_comms-server\n");
    /* What is there is whole: each program says its version, each script is the program's own. */
    run("cd \"$1/usr/local\"; for p in comms-server comms-client; do bin/$p --version >&2;"
        " bin/$p --completion bash | cmp - share/bash-completion/completions/$p;"
        " bin/$p --completion zsh | cmp - share/zsh/site-functions/_$p;"
        " bin/$p --completion fish | cmp - share/fish/vendor_completions.d/$p.fish; done;"
        " grep -qx 'ExecStart=/usr/local/bin/comms-server $OPTIONS'"
        "     lib/systemd/system/comms-server.service");
}
END_TEST

/* Of others' files beside ours, none goes. A folder's name may have spaces. */
START_TEST(uninstall_removes_what_install_has_put_there)
{
    ck_assert_str_eq(
        run("set -- \"$1/a place\"; mkdir -p \"$1/opt/c/bin\" \"$1/opt/units\";"
            " touch \"$1/opt/c/bin/comms\" \"$1/opt/units/comms.service\";"
            " make install DESTDIR=\"$1\" PREFIX=/opt/c systemdsystemunitdir=/opt/units >&2;"
            " test -x \"$1/opt/c/bin/comms-server\"; test -e \"$1/opt/units/comms-server.socket\";"
            " make uninstall DESTDIR=\"$1\" PREFIX=/opt/c systemdsystemunitdir=/opt/units >&2;"
            " cd \"$1\"; test ! -e opt/c/share/comms; find . -type f | LC_ALL=C sort"),
        "./opt/c/bin/comms\n./opt/units/comms.service\n");
}
END_TEST

START_TEST(the_units_are_right)
{
    if (access("/usr/bin/systemd-analyze", X_OK) != 0) {
        return;
    }
    ck_assert_str_eq(run(INSTALL "cd \"$1/usr/local/lib/systemd/system\";"
                                 " sed -i \"s|/usr/local/bin|$1/usr/local/bin|\" *.service;"
                                 /* with the unix socket that the README proposes */
                                 " drop_in=comms-server.socket.d/override.conf;"
                                 " mkdir comms-server.socket.d;"
                                 " sed -n '/edit comms-server.socket$/,/^$/s/^    \\([^#]\\)/\\1/p'"
                                 " \"$OLDPWD/server/package/README.md\" >$drop_in;"
                                 " grep -q '^ListenStream=/' $drop_in;"
                                 " systemd-analyze verify --man=no $PWD/comms-server.service"
                                 " $PWD/comms-server.socket 2>&1"),
                     "");
    /* 0 is the safest, 10 the least safe. */
    run(INSTALL "systemd-analyze security --offline=true --threshold=20"
                " \"$1/usr/local/lib/systemd/system/comms-server.service\"");
}
END_TEST

/* Of a commit, so only where there is one. */
START_TEST(two_packs_of_a_commit_are_alike)
{
    if (access(".git", F_OK) != 0) {
        return;
    }
    run("pack=$(make dist); cp $pack \"$1/first\"; touch README.md; pack=$(TZ=Asia/Tokyo make "
        "dist);"
        " cmp $pack \"$1/first\"; test $(od -An -j4 -N4 -td4 $pack) = 0;" /* no time of packing */
        " tar -tzf $pack | grep -v '/$' | sed 's|^comms-[0-9.]*/||' | LC_ALL=C sort >\"$1/packed\";"
        " git ls-tree -r --name-only HEAD | LC_ALL=C sort | cmp - \"$1/packed\"");
}
END_TEST

Suite *install_suite(void)
{
    Suite *suite = suite_create("install");
    TCase *tcase = tcase_create("install");
    tcase_set_timeout(tcase, 120); /* make reads the whole Makefile each time */
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, each_file_has_its_place);
    tcase_add_test(tcase, uninstall_removes_what_install_has_put_there);
    tcase_add_test(tcase, the_units_are_right);
    tcase_add_test(tcase, two_packs_of_a_commit_are_alike);
    return suite;
}
