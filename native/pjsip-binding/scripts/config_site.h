/* PJSIP as the box builds it: small pools, large tables, no asserts that a packet could reach.
 * The library and both addons must see the same header: these settings change the layout of PJSIP's structs. */
#define PJ_LOG_MAX_LEVEL 4
#define PJ_HAS_IPV6 1
#define PJ_IOQUEUE_MAX_HANDLES 1024

/* A browser's SDP is far over PJSIP's 4000 bytes. What the switch sends is printed into buffers of their own length (print.cc). */
#define PJSIP_MAX_PKT_LEN 8000
#define PJSIP_POOL_RDATA_LEN 12000
/* Of every message sent a copy waits for retransmissions: most are one block, with their bytes. */
#define PJSIP_POOL_LEN_TDATA 5120
#define PJSIP_POOL_INC_TDATA 2048
#define PJSIP_POOL_TSX_LEN 2048
#define PJSIP_POOL_TSX_INC 512
#define PJSIP_POOL_LEN_DIALOG 3000
#define PJSIP_POOL_INC_DIALOG 1500

#define PJSIP_MAX_TSX_COUNT 32767
#define PJSIP_MAX_DIALOG_COUNT 16383
#define PJSIP_MAX_MODULE 24

/* The kernel's default of 212 kB holds about 250 messages: a plant's phones after a power cut send more. */
#define PJSIP_UDP_SO_RCVBUF_SIZE 4194304
#define PJSIP_UDP_SO_SNDBUF_SIZE 1048576
#define PJSIP_TCP_TRANSPORT_BACKLOG 128
#define PJSIP_TCP_INITIAL_TIMEOUT 30

/* The softphone runs as a child process of its own; the switch never uses pjsua's call table. */
#define PJSUA_MAX_CALLS 64
#define PJSUA_MAX_ACC 16
#define PJSUA_MAX_CONF_PORTS 254

/* Automatic gain pumps the level of a page up and down. */
#define PJMEDIA_CONF_USE_AGC 0
#define PJMEDIA_CODEC_MGR_MAX_CODECS 64
