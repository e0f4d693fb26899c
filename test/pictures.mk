# The pictures of the README, from real runs; included by the Makefile. The bench draws its own: test/bench/README.md.

pictures: export COMMS_SERVER  = $(B)/comms-server
pictures: export COMMS_CLIENT  = $(B)/comms-client
pictures: export COMMS_BROWSER = $(SETUP_BROWSER)

pictures: $(B)/comms-server $(B)/comms-client ## run 10,000 streams and photograph the report: client/report/report.png
	@exec $(RUN) test/pictures.sh $(B)/pictures

.PHONY: pictures
