// peer-go: the server that one would write with grpc-go instead of comms-server, for the bench to
// compare with. It serves proto/PROTOCOL.md, with less work than ours: it forgets no session, knows
// no take-over and no drain, does not look at the last number of a CONTINUE, and answers a wrong
// command by a status alone.
//
// A stream's handler sends; a second goroutine receives, since an END may come at any time. The Go
// runtime raises RLIMIT_NOFILE by itself, and grpc-go has no limit of streams by default.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand"
	"net"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"comms"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

type server struct {
	interval time.Duration
	sessions sync.Map // n (uint32) of each session that was started, by its uuid ([16]byte)
}

// source is the messages of a stream.
type source struct {
	next      uint64     // stateless
	generator *rand.Rand // nil: stateless
	n         uint32
	position  uint32
	sum       uint64
	answers   int // to a CONTINUE, still to be sent
}

func (s *source) take() uint64 {
	if s.answers > 0 {
		if s.answers--; s.answers == 1 {
			return uint64(s.position)
		}
		return s.sum % 123456
	}
	if s.generator == nil {
		number := s.next
		s.next *= 3
		return number
	}
	if s.position++; s.position > s.n {
		return s.sum % 123456
	}
	number := uint64(s.generator.Uint32())
	s.sum += number
	return number
}

func (s *source) isFinished() bool {
	return s.generator != nil && s.answers == 0 && s.position > s.n
}

// isPrompt tells whether the next message does not wait for the pace: an answer, the checksum.
func (s *source) isPrompt() bool {
	return s.answers > 0 || s.generator != nil && s.position == s.n
}

func wrong(what string) error {
	return status.Error(codes.InvalidArgument, what)
}

// begin takes a START or CONTINUE.
func (s *server) begin(request *comms.Request) (*source, error) {
	words := strings.Fields(request.Message)
	if len(words) == 0 || words[0] != "START" && words[0] != "CONTINUE" {
		return nil, wrong("unknown command")
	}
	starts := words[0] == "START"
	switch {
	case len(words) == 1 && starts:
		return &source{next: uint64(1 + rand.Intn(255))}, nil
	case len(words) == 2 && !starts:
		last, err := strconv.ParseUint(words[1], 10, 64)
		if err != nil || last == 0 {
			return nil, wrong("invalid continue value")
		}
		return &source{next: 3 * last}, nil
	case len(words) != 3:
		return nil, wrong("invalid parameters")
	}
	var uuid [16]byte
	digits := strings.ReplaceAll(strings.Trim(words[1], `"{}`), "-", "")
	if decoded, err := hex.DecodeString(digits); err != nil || copy(uuid[:], decoded) != len(uuid) {
		return nil, wrong("invalid uuid")
	}
	if starts {
		n, err := strconv.ParseUint(words[2], 10, 24)
		if err != nil || n == 0 {
			return nil, wrong("invalid n")
		}
		s.sessions.Store(uuid, uint32(n))
	}
	n, ok := s.sessions.Load(uuid)
	if !ok {
		return nil, status.Error(codes.NotFound, "uuid has no session")
	}
	seed := int64(binary.BigEndian.Uint64(uuid[:]))
	session := &source{generator: rand.New(rand.NewSource(seed)), n: n.(uint32)}
	if !starts {
		at, ok := request.At.(*comms.Request_Position)
		if !ok || at.Position > session.n+1 {
			return nil, wrong("invalid position")
		}
		for session.position < at.Position {
			session.take()
		}
		session.answers = 2
	}
	return session, nil
}

func (s *server) GetNumbers(stream comms.Comms_GetNumbersServer) error {
	request, err := stream.Recv()
	if err == io.EOF {
		return wrong("stream closed before START or CONTINUE")
	}
	if err != nil || request.Message == "END" {
		return err
	}
	source, err := s.begin(request)
	if err != nil {
		return err
	}
	ended := make(chan error, 1) // with room for one: the sender may be gone
	go receiveEnd(stream, ended)
	return s.send(stream, source, request.Size, ended)
}

// receiveEnd waits for the command that ends a stream that has begun: END, or one too many. After a
// half-close none comes, and the numbers go on. The sender sees a cancellation by the context.
func receiveEnd(stream comms.Comms_GetNumbersServer, ended chan<- error) {
	request, err := stream.Recv()
	if err != nil {
		return
	}
	if request.Message != "END" {
		err = status.Error(codes.FailedPrecondition, "server was already running")
	}
	ended <- err
}

func (s *server) send(stream comms.Comms_GetNumbersServer, source *source, size uint32, ended <-chan error) error {
	// One message serves all numbers: without tracing and statistics Send keeps nothing of it. The padding is the same
	// each time: unlike ours it does not follow from the number.
	data := &comms.Data{Padding: make([]byte, size)}
	reply := &comms.Reply{Payload: &comms.Reply_Data{Data: data}}
	timer := time.NewTimer(time.Hour)
	timer.Stop()
	defer timer.Stop()
	for due := time.Now(); !source.isFinished(); {
		if s.interval > 0 && !source.isPrompt() {
			wait := time.Until(due)
			if wait > 0 {
				timer.Reset(wait)
				select {
				case <-timer.C:
				case err := <-ended:
					return err
				case <-stream.Context().Done():
					return stream.Context().Err()
				}
			} else if wait < -time.Second { // as in our server: makes up for a second at most
				due = due.Add(-time.Second - wait)
			}
			due = due.Add(s.interval)
		}
		select {
		case err := <-ended:
			return err
		default:
		}
		data.Number = source.take()
		if err := stream.Send(reply); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	port := flag.Uint("port", 0, "0: the kernel chooses")
	interval := flag.Duration("interval", time.Second, "between two numbers; 0: full speed")
	certificate := flag.String("tls-cert", "", "PEM file; empty: no TLS")
	key := flag.String("tls-key", "", "PEM file")
	flag.Parse()
	rand.Seed(time.Now().UnixNano())

	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", *port))
	if err != nil {
		log.Fatal(err)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	var options []grpc.ServerOption
	if *certificate != "" {
		tls, err := credentials.NewServerTLSFromFile(*certificate, *key)
		if err != nil {
			log.Fatal(err)
		}
		options = append(options, grpc.Creds(tls))
	}
	service := grpc.NewServer(options...)
	comms.RegisterCommsServer(service, &server{interval: *interval})
	go func() { log.Fatal(service.Serve(listener)) }()
	fmt.Printf("listening on %v\n", listener.Addr())
	<-signals
	os.Exit(0) // at once: no drain
}
