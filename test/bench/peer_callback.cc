/*
 * peer-callback: the server that one would write with gRPC's own C++ library instead of
 * comms-server, for the bench to compare with. It serves proto/PROTOCOL.md, with less work than
 * ours: it forgets no session, knows no take-over and no drain, does not look at the last number of
 * a CONTINUE, and answers a wrong command by a status alone.
 *
 * It uses the callback API, which the library's authors recommend: a stream is a reactor, which any
 * thread of the library calls when an operation is over. Three things go on at a time: reading (an
 * END may come), cancellation, and a chain of write, alarm, write, … The chain has the *turn*: only
 * the holder of the turn writes, waits and in the end finishes; the others set `ending`.
 *
 * Part of its cost is Debian's, not the API's: the library is built with its debug checks, so each
 * completion searches the list of all operations under way in its queue, and the callback API has
 * one queue a process. With 20,000 streams a fifth of the samples of one profile (perf, 3 s) were
 * in a loop that looks like that search; its symbol is stripped.
 */
#include "comms.grpc.pb.h"

extern "C" {
#include "shared/protocol/go_rand.h"
}

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <unistd.h>
#include <unordered_map>
#include <utility>

using std::chrono::nanoseconds;
using std::chrono::steady_clock;

static nanoseconds interval = std::chrono::seconds(1); /* set before the server starts */

/* n of each session that was started, by the digits of its uuid. */
static std::mutex sessions_mutex;
static std::unordered_map<std::string, uint32_t> sessions;

static grpc::Status wrong(const char *what)
{
    return {grpc::StatusCode::INVALID_ARGUMENT, what};
}

/* The messages of a stream, after a START or CONTINUE. */
struct Source {
    uint64_t next = 0; /* stateless */
    uint64_t sum = 0;
    uint32_t n = 0;
    uint32_t position = 0;
    uint32_t answers = 0;               /* to a CONTINUE, still to be sent */
    std::unique_ptr<go_rand> generator; /* 5 KB, for stateful streams only */

    grpc::Status begin(const grpc::Request &request)
    {
        std::string command, first, second, digits;
        std::istringstream(request.message()) >> command >> first >> second;
        const bool starts = command == "START";
        if (!starts && command != "CONTINUE") {
            return wrong("unknown command");
        }
        if (second.empty()) {
            next = starts ? 1 + std::random_device{}() % 255
                          : 3 * std::strtoull(first.c_str(), nullptr, 10);
            return next == 0 ? wrong("invalid continue value") : grpc::Status::OK;
        }
        for (const unsigned char c : first) {
            if (std::isxdigit(c)) {
                digits += static_cast<char>(std::tolower(c));
            }
        }
        n = static_cast<uint32_t>(std::strtoul(second.c_str(), nullptr, 10));
        if (digits.size() != 32 || (starts && n == 0)) {
            return wrong("invalid uuid or n");
        }
        {
            const std::lock_guard lock(sessions_mutex);
            uint32_t &known = sessions[digits]; /* 0: there was none */
            n = known = starts ? n : known;
        }
        if (n == 0) {
            return {grpc::StatusCode::NOT_FOUND, "uuid has no session"};
        }
        generator = std::make_unique<go_rand>();
        go_rand_seed(generator.get(),
                     static_cast<int64_t>(std::stoull(digits.substr(0, 16), nullptr, 16)));
        if (!starts) {
            if (request.at_case() != grpc::Request::kPosition || request.position() > n + 1) {
                return wrong("invalid position");
            }
            while (position < request.position()) {
                (void)take();
            }
            answers = 2;
        }
        return grpc::Status::OK;
    }

    uint64_t take()
    {
        if (answers > 0) {
            return answers-- == 2 ? position : sum % 123456;
        }
        if (!generator) {
            return std::exchange(next, 3 * next);
        }
        if (position++ == n) {
            return sum % 123456;
        }
        const uint32_t number = go_rand_uint32(generator.get());
        sum += number;
        return number;
    }

    bool is_finished() const
    {
        return generator && answers == 0 && position > n;
    }

    /* Whether the next message does not wait for the pace: an answer, the checksum. */
    bool is_prompt() const
    {
        return answers > 0 || (generator && position == n);
    }
};

class Conversation final : public grpc::ServerBidiReactor<grpc::Request, grpc::Reply>
{
  public:
    Conversation()
    {
        StartRead(&request);
    }

    void OnReadDone(bool ok) override
    {
        if (!ok && has_begun) { /* half-close: no command follows, and the numbers go on */
            return;
        }
        if (!ok) {
            return end(wrong("stream closed before START or CONTINUE"));
        }
        if (request.message() == "END") {
            return end(grpc::Status::OK);
        }
        if (std::exchange(has_begun, true)) {
            return end({grpc::StatusCode::FAILED_PRECONDITION, "server was already running"});
        }
        const grpc::Status status = source.begin(request);
        if (!status.ok()) {
            return end(status);
        }
        /* The same bytes in each message: unlike ours they do not follow from the number. */
        reply.mutable_data()->set_padding(std::string(request.size(), 'x'));
        due = steady_clock::now();
        StartRead(&request);
        if (take_turn()) {
            go_on();
        }
    }

    void OnWriteDone(bool ok) override
    {
        if (!ok) {
            end(grpc::Status::CANCELLED);
        }
        go_on();
    }

    void OnCancel() override
    {
        end(grpc::Status::CANCELLED);
    }

    void OnDone() override
    {
        delete this;
    }

  private:
    bool take_turn()
    {
        const std::lock_guard lock(mutex);
        return !std::exchange(turn_is_taken, true);
    }

    /* Has the stream finish: the holder of the turn does it, or else this call. */
    void end(const grpc::Status &status)
    {
        {
            const std::lock_guard lock(mutex);
            if (!ending) {
                ending = status;
            }
            alarm.Cancel(); /* its callback comes at once, and goes on */
        }
        if (take_turn()) {
            go_on();
        }
    }

    /*
     * Needs the turn. Once a write or Finish has begun the stream may be over, and deleted, in
     * another thread: the library waits for its own callbacks to return, but not for the alarm's.
     */
    void go_on()
    {
        std::unique_lock lock(mutex);
        if (ending) {
            lock.unlock();
            return Finish(*ending);
        }
        if (interval.count() > 0 && !source.is_prompt()) {
            const auto now = steady_clock::now();
            if (due > now) {
                const int64_t at = nanoseconds(due.time_since_epoch()).count();
                return alarm.Set(gpr_time_from_nanos(at, GPR_CLOCK_MONOTONIC),
                                 [this](bool) { go_on(); });
            }
            /* As in our server: a stream that was held up makes up for a second at most. */
            due = std::max(due, now - std::chrono::seconds(1)) + interval;
        }
        lock.unlock();
        reply.mutable_data()->set_number(source.take());
        if (source.is_finished()) {
            return StartWriteAndFinish(&reply, grpc::WriteOptions(), grpc::Status::OK);
        }
        grpc::WriteOptions options;
        /* A hint on the first write, which carries the headers, would hold it back for ever. */
        if (std::exchange(has_written, true) && (interval.count() == 0 || source.is_prompt())) {
            options.set_buffer_hint();
        }
        StartWrite(&reply, options);
    }

    /* the reading's, of which there is one at a time */
    grpc::Request request;
    bool has_begun = false;

    /* the holder's of the turn */
    Source source;
    grpc::Reply reply;
    steady_clock::time_point due;
    bool has_written = false;

    std::mutex mutex; /* of all members below */
    bool turn_is_taken = false;
    std::optional<grpc::Status> ending; /* set once */
    grpc::Alarm alarm;
};

class Comms final : public grpc::Comms::CallbackService
{
    grpc::ServerBidiReactor<grpc::Request, grpc::Reply> *
    GetNumbers(grpc::CallbackServerContext *) override
    {
        return new Conversation;
    }
};

static std::string read_file(const char *path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

static std::shared_ptr<grpc::ServerCredentials> credentials(const std::string &key,
                                                            const std::string &certificate)
{
    if (certificate.empty()) {
        return grpc::InsecureServerCredentials();
    }
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back({key, certificate});
    return grpc::SslServerCredentials(options);
}

int main(int argc, char **argv)
{
    std::string port = "0";
    std::string certificate; /* empty: no TLS */
    std::string key;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (argv[i] == std::string("--port")) {
            port = argv[i + 1];
        } else if (argv[i] == std::string("--interval")) { /* 1s, 250ms, 0 */
            char *unit;
            const double number = std::strtod(argv[i + 1], &unit);
            interval = nanoseconds(static_cast<int64_t>(number * (*unit == 'm' ? 1e6 : 1e9)));
        } else if (argv[i] == std::string("--tls-cert")) {
            certificate = read_file(argv[i + 1]);
        } else if (argv[i] == std::string("--tls-key")) {
            key = read_file(argv[i + 1]);
        } else {
            std::fprintf(stderr, "usage: peer-callback [--port P] [--interval TIME] "
                                 "[--tls-cert FILE --tls-key FILE]\n");
            return 64;
        }
    }
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
    /* Blocked before there are other threads, so that only sigwait below takes them. */
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, nullptr);

    Comms service;
    int bound = 0;
    const auto server =
        grpc::ServerBuilder()
            .AddListeningPort("127.0.0.1:" + port, credentials(key, certificate), &bound)
            .RegisterService(&service)
            .BuildAndStart();
    if (!server || bound == 0) {
        std::fprintf(stderr, "peer-callback: cannot listen on port %s\n", port.c_str());
        return 1;
    }
    std::printf("listening on 127.0.0.1:%d\n", bound);
    (void)std::fflush(stdout);
    int number;
    sigwait(&signals, &number);
    _exit(0); /* at once: no drain */
}
