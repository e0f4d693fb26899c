/*
 * The suites of build/check. A suite is a line here and a file that defines it: `Suite
 * *NAME_suite(void);`.
 */
#ifndef COMMS_TEST_SUITES_H
#define COMMS_TEST_SUITES_H

#include <check.h>

/* SUITE(the name to run it by, the function that makes it), in the order in which they run */
#define SUITES(SUITE)                                                                              \
    SUITE("text", text_suite)                                                                      \
    SUITE("number", number_suite)                                                                  \
    SUITE("error", error_suite)                                                                    \
    SUITE("clock", clock_suite)                                                                    \
    SUITE("thread", thread_suite)                                                                  \
    SUITE("process", process_suite)                                                                \
    SUITE("memory", memory_suite)                                                                  \
    SUITE("log", log_suite)                                                                        \
    SUITE("log-writer", log_writer_suite)                                                          \
    SUITE("log-sink", log_sink_suite)                                                              \
    SUITE("log-limit", log_limit_suite)                                                            \
    SUITE("uuid", uuid_suite)                                                                      \
    SUITE("go-rand", go_rand_suite)                                                                \
    SUITE("sequence", sequence_suite)                                                              \
    SUITE("backoff", backoff_suite)                                                                \
    SUITE("command", command_suite)                                                                \
    SUITE("command-refusals", command_refusals_suite)                                              \
    SUITE("codec", codec_suite)                                                                    \
    SUITE("codec-odd", codec_odd_suite)                                                            \
    SUITE("fields", fields_suite)                                                                  \
    SUITE("wire", wire_suite)                                                                      \
    SUITE("core-version", core_version_suite)                                                      \
    SUITE("setup", setup_suite)                                                                    \
    SUITE("executor", executor_suite)                                                              \
    SUITE("external-listener", external_listener_suite)                                            \
    SUITE("address", address_suite)                                                                \
    SUITE("target", target_suite)                                                                  \
    SUITE("options", options_suite)                                                                \
    SUITE("options-output", options_output_suite)                                                  \
    SUITE("certificate-set", certificate_set_suite)                                                \
    SUITE("session", session_suite)                                                                \
    SUITE("idle-sessions", idle_sessions_suite)                                                    \
    SUITE("sessions", sessions_suite)                                                              \
    SUITE("sessions-expiry", sessions_expiry_suite)                                                \
    SUITE("sessions-attempts", sessions_attempts_suite)                                            \
    SUITE("sessions-full", sessions_full_suite)                                                    \
    SUITE("client-counts", client_counts_suite)                                                    \
    SUITE("sessions-threads", sessions_threads_suite)                                              \
    SUITE("client-identity", client_identity_suite)                                                \
    SUITE("reaper", reaper_suite)                                                                  \
    SUITE("stateless", stateless_suite)                                                            \
    SUITE("stateful", stateful_suite)                                                              \
    SUITE("inbox", inbox_suite)                                                                    \
    SUITE("turnstile", turnstile_suite)                                                            \
    SUITE("turnstile-threads", turnstile_threads_suite)                                            \
    SUITE("turnstile-silence", turnstile_silence_suite)                                            \
    SUITE("stream-limit", stream_limit_suite)                                                      \
    SUITE("thread-pool", thread_pool_suite)                                                        \
    SUITE("worker", worker_suite)                                                                  \
    SUITE("worker-unread", worker_unread_suite)                                                    \
    SUITE("counters", counters_suite)                                                              \
    SUITE("workers", workers_suite)                                                                \
    SUITE("capacity", capacity_suite)                                                              \
    SUITE("capacity-read", capacity_read_suite)                                                    \
    SUITE("health", health_suite)                                                                  \
    SUITE("reflection", reflection_suite)                                                          \
    SUITE("command-wait", command_wait_suite)                                                      \
    SUITE("conversation", conversation_suite)                                                      \
    SUITE("conversation-refusals", conversation_refusals_suite)                                    \
    SUITE("conversation-sessions", conversation_sessions_suite)                                    \
    SUITE("conversation-attempts", conversation_attempts_suite)                                    \
    SUITE("conversation-continue", conversation_continue_suite)                                    \
    SUITE("conversation-store", conversation_store_suite)                                          \
    SUITE("conversation-pace", conversation_pace_suite)                                            \
    SUITE("conversation-log", conversation_log_suite)                                              \
    SUITE("verifier", verifier_suite)                                                              \
    SUITE("verifier-stateless", verifier_stateless_suite)                                          \
    SUITE("verifier-faults", verifier_faults_suite)                                                \
    SUITE("verifier-random", verifier_random_suite)                                                \
    SUITE("server-options", server_options_suite)                                                  \
    SUITE("server-options-environment", server_options_environment_suite)                          \
    SUITE("signals", signals_suite)                                                                \
    SUITE("plan", plan_suite)                                                                      \
    SUITE("client-options", client_options_suite)                                                  \
    SUITE("client-options-pace", client_options_pace_suite)                                        \
    SUITE("client-options-refusals", client_options_refusals_suite)                                \
    SUITE("tls-option", tls_option_suite)                                                          \
    SUITE("session-text", session_text_suite)                                                      \
    SUITE("session-text-ends", session_text_ends_suite)                                            \
    SUITE("format", format_suite)                                                                  \
    SUITE("progress-line", progress_line_suite)                                                    \
    SUITE("terminal", terminal_suite)                                                              \
    SUITE("histogram", histogram_suite)                                                            \
    SUITE("pace", pace_suite)                                                                      \
    SUITE("timers", timers_suite)                                                                  \
    SUITE("chaos", chaos_suite)                                                                    \
    SUITE("break-cause", break_cause_suite)                                                        \
    SUITE("connect-reason", connect_reason_suite)                                                  \
    SUITE("break-table", break_table_suite)                                                        \
    SUITE("break-text", break_text_suite)                                                          \
    SUITE("violation-text", violation_text_suite)                                                  \
    SUITE("result", result_suite)                                                                  \
    SUITE("result-text", result_text_suite)                                                        \
    SUITE("fail-on", fail_on_suite)                                                                \
    SUITE("tally", tally_suite)                                                                    \
    SUITE("listen-list", listen_list_suite)                                                        \
    SUITE("sockets", sockets_suite)                                                                \
    SUITE("sockets-families", sockets_families_suite)                                              \
    SUITE("connection", connection_suite)                                                          \
    SUITE("connection-idle", connection_idle_suite)                                                \
    SUITE("connection-limits", connection_limits_suite)                                            \
    SUITE("connection-sweep", connection_sweep_suite)                                              \
    SUITE("peer-index", peer_index_suite)                                                          \
    SUITE("preface", preface_suite)                                                                \
    SUITE("stream-budget", stream_budget_suite)                                                    \
    SUITE("traffic", traffic_suite)                                                                \
    SUITE("listener", listener_suite)                                                              \
    SUITE("dispatch", dispatch_suite)                                                              \
    SUITE("admin-address", admin_address_suite)                                                    \
    SUITE("host-check", host_check_suite)                                                          \
    SUITE("exposition", exposition_suite)                                                          \
    SUITE("certificate-rotation", certificate_rotation_suite)                                      \
    SUITE("acceptor", acceptor_suite)                                                              \
    SUITE("tls-port", tls_port_suite)                                                              \
    SUITE("unix-socket", unix_socket_suite)                                                        \
    SUITE("subscription", subscription_suite)                                                      \
    SUITE("subscription-time", subscription_time_suite)                                            \
    SUITE("subscription-silence", subscription_silence_suite)                                      \
    SUITE("subscription-lies", subscription_lies_suite)                                            \
    SUITE("subscription-breaks", subscription_breaks_suite)                                        \
    SUITE("subscription-attempts", subscription_attempts_suite)                                    \
    SUITE("socket-watch", socket_watch_suite)                                                      \
    SUITE("target-uri", target_uri_suite)                                                          \
    SUITE("channel", channel_suite)                                                                \
    SUITE("channel-breaks", channel_breaks_suite)                                                  \
    SUITE("credentials", credentials_suite)                                                        \
    SUITE("server-certificate", server_certificate_suite)                                          \
    SUITE("lying-server", lying_server_suite)                                                      \
    SUITE("certificates", certificates_suite)                                                      \
    SUITE("loop", loop_suite)                                                                      \
    SUITE("loop-samples", loop_samples_suite)                                                      \
    SUITE("runner-violation", runner_violation_suite)                                              \
    SUITE("runner-measures", runner_measures_suite)                                                \
    SUITE("runner-sessions", runner_sessions_suite)                                                \
    SUITE("fleet", fleet_suite)                                                                    \
    SUITE("fleet-failures", fleet_failures_suite)                                                  \
    SUITE("fleet-time", fleet_time_suite)                                                          \
    SUITE("manual", manual_suite)                                                                  \
    SUITE("server-program", server_program_suite)                                                  \
    SUITE("server-log", server_log_suite)                                                          \
    SUITE("server-capacity", server_capacity_suite)                                                \
    SUITE("server-program-addresses", server_program_addresses_suite)                              \
    SUITE("server-program-running", server_program_running_suite)                                  \
    SUITE("connection-floods", connection_floods_suite)                                            \
    SUITE("server-pings", server_pings_suite)                                                      \
    SUITE("server-tls", server_tls_suite)                                                          \
    SUITE("server-tls-files", server_tls_files_suite)                                              \
    SUITE("front", front_suite)                                                                    \
    SUITE("client-tls", client_tls_suite)                                                          \
    SUITE("server-connections", server_connections_suite)                                          \
    SUITE("server-signals", server_signals_suite)                                                  \
    SUITE("server-unread", server_unread_suite)                                                    \
    SUITE("stopped-clients", stopped_clients_suite)                                                \
    SUITE("client-program", client_program_suite)                                                  \
    SUITE("client-program-endings", client_program_endings_suite)                                  \
    SUITE("outputs", outputs_suite)                                                                \
    SUITE("client-signals", client_signals_suite)                                                  \
    SUITE("lies", lies_suite)                                                                      \
    SUITE("faults", faults_suite)                                                                  \
    SUITE("older-attempt", older_attempt_suite)                                                    \
    SUITE("sessions-faults", sessions_faults_suite)                                                \
    SUITE("cuts", cuts_suite)                                                                      \
    SUITE("allocations", allocations_suite)                                                        \
    SUITE("unread-owner", unread_owner_suite)                                                      \
    SUITE("vanished", vanished_suite)                                                              \
    SUITE("instrument", instrument_suite)                                                          \
    SUITE("instrument-endings", instrument_endings_suite)                                          \
    SUITE("instrument-terminal", instrument_terminal_suite)                                        \
    SUITE("other-servers", other_servers_suite)                                                    \
    SUITE("break-causes", break_causes_suite)                                                      \
    SUITE("server-threads", server_threads_suite)                                                  \
    SUITE("scale", scale_suite)                                                                    \
    SUITE("proxies", proxies_suite)                                                                \
    SUITE("json", json_suite)                                                                      \
    SUITE("report-file", report_file_suite)                                                        \
    SUITE("report-json", report_json_suite)                                                        \
    SUITE("report-json-failures", report_json_failures_suite)                                      \
    SUITE("html", html_suite)                                                                      \
    SUITE("timeline", timeline_suite)                                                              \
    SUITE("report-html", report_html_suite)                                                        \
    SUITE("report-html-browser", report_html_browser_suite)                                        \
    SUITE("operations", operations_suite)                                                          \
    SUITE("admin", admin_suite)                                                                    \
    SUITE("crosscheck", crosscheck_suite)                                                          \
    SUITE("original-client", original_client_suite)                                                \
    SUITE("unread", unread_suite)                                                                  \
    SUITE("floods", floods_suite)                                                                  \
    SUITE("hostile-requests", hostile_requests_suite)                                              \
    SUITE("forged-log", forged_log_suite)

/* The suites that take minutes: `make soak` runs them, `make check` does not. */
#define SOAK_SUITES(SUITE)                                                                         \
    SUITE("soak-connection-floods", soak_connection_floods_suite)                                  \
    SUITE("soak-pings", soak_pings_suite)                                                          \
    SUITE("soak-original-client", soak_original_client_suite)                                      \
    SUITE("soak-sessions", soak_sessions_suite)                                                    \
    SUITE("soak-load", soak_load_suite)                                                            \
    SUITE("soak-floods", soak_floods_suite)

#define SUITE_DECLARE(name, function) Suite *function(void);
SUITES(SUITE_DECLARE)
SOAK_SUITES(SUITE_DECLARE)
#undef SUITE_DECLARE

#endif
