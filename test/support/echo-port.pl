# A server and its client, of what every Debian has.
#   echo-port.pl serve PORT...          answers whoever comes, by TCP and UDP, with the address that he has
#   echo-port.pl ask PROTOCOL ADDRESS PORT   prints the answer, or "refused" or "silent"
#   echo-port.pl insist ADDRESS PORT         sends by UDP from one port until somebody answers, and prints "sent" and that
use strict;
use Socket qw(:all);
$| = 1;

sub open_socket {
  my ($family, $protocol) = @_;
  my $type = $protocol eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM;
  socket(my $socket, $family, $type, 0) or die "socket: $!";
  return $socket;
}

# What comes by IPv4 has an address of IPv6 here that says so.
sub words {
  my ($port, $address) = unpack_sockaddr_in6($_[0]);
  return inet_ntop(AF_INET6, $address) =~ s/^::ffff://r;
}

sub serve {
  my %protocols;
  for my $port (@_) {
    for my $protocol ('tcp', 'udp') {
      my $socket = open_socket(AF_INET6, $protocol);
      setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
      bind($socket, pack_sockaddr_in6($port, IN6ADDR_ANY)) or die "bind: $!";
      listen($socket, 64) if $protocol eq 'tcp';
      $protocols{ fileno($socket) } = [$protocol, $socket, $port];
    }
  }
  print "serving\n";
  while (1) {
    my $ready = '';
    vec($ready, $_, 1) = 1 for keys %protocols;
    select($ready, undef, undef, undef);
    for (grep { vec($ready, $_, 1) } keys %protocols) {
      my ($protocol, $socket, $port) = @{ $protocols{$_} };
      if ($protocol eq 'tcp') {
        my $peer = accept(my $connection, $socket) or next;
        syswrite($connection, words($peer) . " at $port\n");
        close($connection);
      } else {
        my $peer = recv($socket, my $text, 1024, 0);
        send($socket, words($peer) . " at $port\n", 0, $peer) if defined $peer;
      }
    }
  }
}

sub ask {
  my ($protocol, $address, $port) = @_;
  my $family = $address =~ /:/ ? AF_INET6 : AF_INET;
  my $place = $family == AF_INET6
    ? pack_sockaddr_in6($port, inet_pton(AF_INET6, $address))
    : pack_sockaddr_in($port, inet_aton($address));
  my $socket = open_socket($family, $protocol);
  setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack('q2', 1, 0));
  setsockopt($socket, SOL_SOCKET, SO_SNDTIMEO, pack('q2', 1, 0));
  connect($socket, $place) or return $!{ECONNREFUSED} ? "refused\n" : "silent\n";
  send($socket, "hello", 0) if $protocol eq 'udp';
  my $count = sysread($socket, my $answer, 1024);
  return defined $count ? $answer : $!{ECONNREFUSED} ? "refused\n" : "silent\n";
}

sub insist {
  my ($address, $port) = @_;
  my $socket = open_socket(AF_INET, 'udp');
  setsockopt($socket, SOL_SOCKET, SO_RCVTIMEO, pack('q2', 0, 100000));
  connect($socket, pack_sockaddr_in($port, inet_aton($address))) or die "connect: $!";
  for my $try (1 .. 300) {
    send($socket, "hello", 0);
    print "sent\n" if $try == 2;
    my $count = sysread($socket, my $answer, 1024);
    return print $answer if defined $count;
    select(undef, undef, undef, 0.1);
  }
}

my ($what, @words) = @ARGV;
if ($what eq 'serve') { serve(@words) }
elsif ($what eq 'insist') { insist(@words) }
else { print ask(@words) }
