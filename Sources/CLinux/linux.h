// The Linux headers that Swift's Glibc module does not export, as one C module. Without _GNU_SOURCE: Swift's
// module is made without it, and the two must see the same types wherever they meet. What would need it is
// declared below.
#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <malloc.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <resolv.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/types.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

// What glibc declares under _GNU_SOURCE only.
extern char **environ;
int accept4(int, struct sockaddr *, socklen_t *, int);
int pipe2(int[2], int);
int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *, int);
int memfd_create(const char *, unsigned int);
static const unsigned int linux_memfd_close_on_exec = 1;  // MFD_CLOEXEC
void *memmem(const void *, size_t, const void *, size_t);
int pthread_setname_np(pthread_t, const char *);
int pthread_timedjoin_np(pthread_t, void **, const struct timespec *);
struct linux_credentials { pid_t pid; uid_t uid; gid_t gid; };  // struct ucred of unix(7)
static const int linux_no_address = -5;         // EAI_NODATA
static const int linux_no_address_family = -9;  // EAI_ADDRFAMILY

// errno and the variadic calls, which Swift cannot import.
static inline char **linux_environment(void) { return environ; }
static inline int linux_errno(void) { return errno; }
static inline int linux_open(const char *path, int flags, mode_t mode) { return open(path, flags, mode); }
static inline int linux_get_flags(int descriptor) { return fcntl(descriptor, F_GETFL); }
static inline int linux_set_flags(int descriptor, int flags) { return fcntl(descriptor, F_SETFL, flags); }
static inline int linux_set_close_on_exec(int descriptor) { return fcntl(descriptor, F_SETFD, FD_CLOEXEC); }
static inline bool linux_is_open(int descriptor) { return fcntl(descriptor, F_GETFD) != -1; }
// A copy that is none of the standard streams, even where these are closed.
static inline int linux_copy_above_standard(int descriptor) { return fcntl(descriptor, F_DUPFD_CLOEXEC, 3); }


static inline void linux_ignore_broken_pipe(void) { signal(SIGPIPE, SIG_IGN); }
static inline void linux_raise_descriptor_limit(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}
static inline void linux_forbid_core_dumps(void) {
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
static inline void linux_keep_freed_memory(int bytes) {
    mallopt(M_TRIM_THRESHOLD, bytes);
    mallopt(M_MMAP_THRESHOLD, bytes);
}

// The name servers of resolv.conf(5), with the seconds to wait for each and how often to ask it; their number.
// The resolver's state is a macro-ridden struct, in which IPv6 servers stand apart: it stays in C.
static inline int linux_name_servers(struct sockaddr_storage *servers, int capacity, int *seconds, int *attempts) {
    struct __res_state state;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) return 0;
    int count = 0;
    for (int i = 0; i < state.nscount && i < MAXNS && count < capacity; i++) {
        if (state.nsaddr_list[i].sin_family == AF_INET)
            memcpy(&servers[count++], &state.nsaddr_list[i], sizeof state.nsaddr_list[i]);
        else if (state._u._ext.nsaddrs[i] != NULL)
            memcpy(&servers[count++], state._u._ext.nsaddrs[i], sizeof *state._u._ext.nsaddrs[i]);
    }
    *seconds = state.retrans;
    *attempts = state.retry;
    res_nclose(&state);
    return count;
}
