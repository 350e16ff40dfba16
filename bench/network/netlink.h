// The network of a container in the limit (limit.c): the messages that sc sends, from the recipe.
//
//   interface NAME        what it is called in the container
//   outside HEX           a message to the network of the host, whose answer may be a failure: ...
//   pair HEX              ... and one that has to succeed, in which the container is process 1
//   inside AT HEX         one to the network of the container; the index of the interface is put at AT, unless that is 0
//   publish COUNT HEX     one to the tables of the host before the start, with so many answers
//   withdraw COUNT HEX    one after the end; a COUNT of 0 asks for a list, which is read to its end
#include <linux/netlink.h>

enum { MAX_MESSAGES = 16, MAX_BYTES = 2048 };

struct message { int number; int size; char bytes[MAX_BYTES]; };
struct messages { int count; struct message items[MAX_MESSAGES]; };

static struct messages outsides, insides, publishes, withdraws;
static char interface_name[IFNAMSIZ];

static int open_netlink(int protocol) {
  return must(socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), "netlink");
}

/** What has become of the next message: 0 or a negative errno. */
static int hear(int socket) {
  char answer[1024];
  must(recv(socket, answer, sizeof answer, 0), "answer");
  return ((struct nlmsgerr *)NLMSG_DATA((struct nlmsghdr *)answer))->error;
}

static void hear_success(int socket, const char *what) {
  errno = -hear(socket);
  if (errno != 0) fail(what);
}

static void read_list(int socket) {
  static char part[64 * 1024];
  for (;;) {
    int size = must(recv(socket, part, sizeof part, 0), "list");
    for (struct nlmsghdr *each = (void *)part; NLMSG_OK(each, (unsigned)size); each = NLMSG_NEXT(each, size))
      if (each->nlmsg_type == NLMSG_DONE || each->nlmsg_type == NLMSG_ERROR) return;
  }
}

static void ask_tables(struct messages *messages) {
  if (messages->count == 0) return;
  int tables = open_netlink(NETLINK_NETFILTER);
  for (int i = 0; i < messages->count; i++) {
    struct message *message = &messages->items[i];
    must(send(tables, message->bytes, message->size, 0), "tables");
    if (message->number == 0) read_list(tables);
    for (int answer = 0; answer < message->number; answer++) hear_success(tables, "tables");
  }
  close(tables);
}

/** In the container, by a socket to the network of the host. `any` is any socket of its own. */
static void attach_network(int outside, int any) {
  if (outsides.count == 0) return;
  char all[MAX_MESSAGES * MAX_BYTES];
  int size = 0;
  for (int i = 0; i < outsides.count; size += outsides.items[i++].size)
    memcpy(all + size, outsides.items[i].bytes, outsides.items[i].size);
  must(send(outside, all, size, 0), "outside");
  for (int i = 0; i < outsides.count; i++)
    if (outsides.items[i].number == 0) hear(outside);
    else hear_success(outside, "pair");
  close(outside);

  int inside = open_netlink(NETLINK_ROUTE);
  struct ifreq found = { 0 };
  strcpy(found.ifr_name, interface_name);
  must(ioctl(any, SIOCGIFINDEX, &found), interface_name);
  size = 0;
  for (int i = 0; i < insides.count; size += insides.items[i++].size) {
    memcpy(all + size, insides.items[i].bytes, insides.items[i].size);
    if (insides.items[i].number > 0) memcpy(all + size + insides.items[i].number, &found.ifr_ifindex, 4);
  }
  must(send(inside, all, size, 0), "inside");
  for (int i = 0; i < insides.count; i++) hear_success(inside, "inside");
  close(inside);
}

static void add_message(struct messages *list, int number, const char *hex) {
  if (list->count == MAX_MESSAGES) abort();
  struct message *message = &list->items[list->count++];
  message->number = number;
  unsigned byte;
  while (message->size < MAX_BYTES && sscanf(hex, "%2x", &byte) == 1) {
    message->bytes[message->size++] = byte;
    hex += 2;
  }
}

/** A line of the recipe, where it is of the network. */
static void read_network(const char *line) {
  static char hex[2 * MAX_BYTES + 1];
  int number;
  if (sscanf(line, "interface %15s", interface_name) == 1) return;
  if (sscanf(line, "outside %4096s", hex) == 1) add_message(&outsides, 0, hex);
  if (sscanf(line, "pair %4096s", hex) == 1) add_message(&outsides, 1, hex);
  if (sscanf(line, "inside %d %4096s", &number, hex) == 2) add_message(&insides, number, hex);
  if (sscanf(line, "publish %d %4096s", &number, hex) == 2) add_message(&publishes, number, hex);
  if (sscanf(line, "withdraw %d %4096s", &number, hex) == 2) add_message(&withdraws, number, hex);
}
