# Installing, and what packages are made of; the Makefile includes it. README.md beside it says how to use it.
#
# The folders have GNU's names, to be set on the command line. DESTDIR is put before each of them. Nothing is written
# into build/ but by deb and dist: `make` as a user and `make install` as root do not get into each other's way.

PREFIX  ?= /usr/local##  install, uninstall: where to
DESTDIR ?=##  install, uninstall: a folder to put before all paths, for packagers
INSTALL ?= install

prefix               = $(PREFIX)
exec_prefix          = $(prefix)
bindir               = $(exec_prefix)/bin
datarootdir          = $(prefix)/share
datadir              = $(datarootdir)
mandir               = $(datarootdir)/man
man1dir              = $(mandir)/man1
bashcompletiondir    = $(datadir)/bash-completion/completions
zshcompletiondir     = $(datadir)/zsh/site-functions
fishcompletiondir    = $(datadir)/fish/vendor_completions.d
systemdsystemunitdir = $(prefix)/lib/systemd/system

INSTALL_PROGRAM = $(INSTALL) -D -m 755
INSTALL_DATA    = $(INSTALL) -D -m 644

PROGRAMS   := comms-server comms-client
MONITORING := comms.rules.yml dashboard.json
INSTALLED   = $(PROGRAMS:%=$(bindir)/%) $(PROGRAMS:%=$(man1dir)/%.1) $(PROGRAMS:%=$(bashcompletiondir)/%) \
             $(PROGRAMS:%=$(zshcompletiondir)/_%) $(PROGRAMS:%=$(fishcompletiondir)/%.fish) \
             $(addprefix $(systemdsystemunitdir)/comms-server.,service socket) $(MONITORING:%=$(datadir)/comms/%)

# `$(call put,command,path)` installs what the command prints.
put = $1 | $(INSTALL_DATA) /dev/stdin '$(DESTDIR)$2'

install: all ## install programs, man pages, completion, units and monitoring below PREFIX
	$(call quiet,INSTALL,$(DESTDIR)$(prefix))set -e; for program in $(PROGRAMS); do \
	    $(INSTALL_PROGRAM) $(B)/$$program '$(DESTDIR)$(bindir)'/$$program; \
	    $(INSTALL_DATA) $${program#comms-}/$$program.1 '$(DESTDIR)$(man1dir)'/$$program.1; \
	    $(call put,$(RUN) $(B)/$$program --completion bash,$(bashcompletiondir)/'$$program'); \
	    $(call put,$(RUN) $(B)/$$program --completion zsh,$(zshcompletiondir)/_'$$program'); \
	    $(call put,$(RUN) $(B)/$$program --completion fish,$(fishcompletiondir)/'$$program'.fish); \
	done; \
	$(call put,sed 's|@bindir@|$(bindir)|' server/package/comms-server.service.in,$(systemdsystemunitdir)/comms-server.service); \
	$(INSTALL_DATA) server/package/comms-server.socket '$(DESTDIR)$(systemdsystemunitdir)/comms-server.socket'; \
	for file in $(MONITORING); do $(INSTALL_DATA) server/monitoring/$$file '$(DESTDIR)$(datadir)/comms'/$$file; done

install-strip:
	@$(MAKE) INSTALL_PROGRAM='$(INSTALL_PROGRAM) -s' install

uninstall: ## remove what install has put there
	$(call quiet,RM,$(DESTDIR)$(prefix))rm -f $(INSTALLED:%='$(DESTDIR)%'); \
	    rmdir '$(DESTDIR)$(datadir)/comms' 2>/dev/null || true

# Of the last commit, with its time and without names of users: the same bytes on every machine.
DIST := build/comms-$(VERSION).tar
dist: ## pack the last commit into build/comms-VERSION.tar.gz
	@git rev-parse --verify -q HEAD >/dev/null || { echo 'make dist packs a commit: this is no git repository' >&2; exit 1; }
	@git diff --quiet HEAD || echo 'make dist: changes that are not committed are left out' >&2
	@mkdir -p build
	@git -c tar.umask=0022 archive --prefix=comms-$(VERSION)/ -o $(DIST) HEAD && gzip -n9f $(DIST)
	@echo $(DIST).gz

# debhelper makes the package of what install has put into a tree, in a folder that it knows as the source. It gets no
# part in compiling: its flags are not ours, and all would be built anew.
deb: all ## build the Debian package, and let lintian judge it: build/deb/comms_VERSION_ARCHITECTURE.deb
	@test "$$(sed -n '1s/.*(\(.*\)).*/\1/p' server/package/debian/changelog)" = $(VERSION) || \
	    { echo 'server/package/debian/changelog does not begin with version $(VERSION)' >&2; exit 1; }
	@rm -rf build/deb && mkdir -p build/deb/comms && cp -R server/package/debian proto/PROTOCOL.md proto/comms.proto \
	    server/SECURITY.md build/deb/comms
	@$(MAKE) install DESTDIR='$(CURDIR)/build/deb/comms/tree' PREFIX=/usr \
	    zshcompletiondir=/usr/share/zsh/vendor-completions systemdsystemunitdir=/lib/systemd/system >/dev/null
	$(call quiet,DEB,comms $(VERSION))cd build/deb/comms && \
	    dpkg-buildpackage -b -us -uc -d >../build.log 2>&1 || { tail -n 40 ../build.log; exit 1; }
	$(call quiet,LINTIAN,comms $(VERSION))lintian --allow-root --fail-on error,warning build/deb/*.changes
	@ls build/deb/*.deb

check-deb: deb ## install the package in a copy of this system, start the server as the unit does, and purge it
	@sh test/package/try_deb.sh build/deb/*.deb

.PHONY: install install-strip uninstall dist deb check-deb
