// SPDX-License-Identifier: MIT
// clang-format off
// floor.c, a measuring stick, not style to follow: least set of syscalls that gives a docker-equivalent isolated container running /bin/true.
// floor [-N iters] [-k key=val]... ; prints per-step medians when N>1.
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <time.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <linux/mount.h>
#define fsopen(a,b) ((int)syscall(SYS_fsopen,a,b))
#define fsconfig(a,b,c,d,e) ((int)syscall(SYS_fsconfig,a,b,c,d,e))
#define fsmount(a,b,c) ((int)syscall(SYS_fsmount,a,b,c))
#define move_mount(a,b,c,d,e) ((int)syscall(SYS_move_mount,a,b,c,d,e))
#define open_tree(a,b,c) ((int)syscall(SYS_open_tree,a,b,c))
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <linux/filter.h>
#include <linux/sched.h>
#ifndef B
#define B "/var/tmp/nap-floor"
#endif
static int die(const char*w){fprintf(stderr,"floor: %s: %s\n",w,strerror(errno));_exit(111);}
#define CK(x) do{if((long)(x)<0)die(#x);}while(0)
enum{MX=40};
static struct sh{double t[MX];}*S;
static const char*nm[MX];static int cur;
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1e6+t.tv_nsec/1e3;}
#define MARK(i,n) do{nm[i]=n;S->t[i]=now();}while(0)
// knobs
static int k_net=1,k_ipc=1,k_uts=1,k_cgns=1,k_pid=1,k_mnt=1;
static int k_ovl=1;           // number of lower layers; 0 = bind the rootfs
static int k_volatile=0;
static int k_proc=1,k_sys=1,k_cgm=1;
static int k_dev=1;           // 0 none 1 tmpfs+mknod 2 tmpfs+bind 3 shared template tree
static int k_pts=1,k_shm=1,k_mq=1;
static int k_mask=1;          // 0 none 1 tmpfs per dir (runc/crun) 2 one shared empty clone
static int k_ro=1,k_caps=1,k_nnp=1;
static int k_sec=1;           // 0 none 1 blob 2 libseccomp build
static int k_cg=1;            // 0 none 1 mkdir+CLONE_INTO_CGROUP 2 mkdir+write cgroup.procs
static int k_vm=0;            // 1: CLONE_VM|CLONE_VFORK
static int k_umount=1;
static const char*k_upper=B"/upper",*k_blob=B"/sec.bpf",*k_cgroot="/sys/fs/cgroup/nap-floor",*k_rootfs=B"/bundle/rootfs",*k_tmpl=B"/devtmpl",*k_netns=0,*k_prog="/bin/true";
static char ulow[4096];
static int fsc(int fd,const char*k,const char*v){return fsconfig(fd,FSCONFIG_SET_STRING,k,v,0);}
static int mk(const char*type,const char*(*o)[2],int no,unsigned attr){
 int f=fsopen(type,FSOPEN_CLOEXEC);if(f<0)die(type);
 for(int i=0;i<no;i++){if(o[i][1]){if(fsc(f,o[i][0],o[i][1]))die(o[i][0]);}else if(fsconfig(f,FSCONFIG_SET_FLAG,o[i][0],0,0))die(o[i][0]);}
 if(fsconfig(f,FSCONFIG_CMD_CREATE,0,0,0))die("create");
 int m=fsmount(f,FSMOUNT_CLOEXEC,attr);if(m<0)die("fsmount");close(f);return m;}
static void at(int m,int root,const char*p){if(move_mount(m,"",root,p,MOVE_MOUNT_F_EMPTY_PATH))die(p);}
static int secblob(const char*p){
 static struct sock_filter b[8192];int f=open(p,O_RDONLY|O_CLOEXEC);if(f<0)die(p);long n=read(f,b,sizeof b);close(f);
 struct sock_fprog fp={n/8,b};return syscall(SYS_seccomp,SECCOMP_SET_MODE_FILTER,0,&fp);}
static const char*masks[]={"proc/acpi","proc/asound","proc/interrupts","proc/kcore","proc/keys","proc/latency_stats","proc/timer_list","proc/timer_stats","proc/sched_debug","proc/scsi","sys/firmware","sys/devices/virtual/powercap"};
static const char*ros[]={"proc/bus","proc/fs","proc/irq","proc/sys","proc/sysrq-trigger"};
static const struct{const char*n;int a,b;}devs[]={{"null",1,3},{"zero",1,5},{"full",1,7},{"random",1,8},{"urandom",1,9},{"tty",5,0}};
static const char*lnk[][2]={{"/proc/self/fd","fd"},{"/proc/self/fd/0","stdin"},{"/proc/self/fd/1","stdout"},{"/proc/self/fd/2","stderr"},{"/proc/kcore","core"},{"pts/ptmx","ptmx"}};
static void devpop(int d,int bind){
 for(int i=0;i<6;i++){
  if(!bind){CK(mknodat(d,devs[i].n,S_IFCHR|0666,makedev(devs[i].a,devs[i].b)));}
  else{char p[64];int f;CK(f=openat(d,devs[i].n,O_CREAT|O_CLOEXEC,0666));close(f);snprintf(p,64,"/dev/%s",devs[i].n);int t=open_tree(AT_FDCWD,p,OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC);CK(t);at(t,d,devs[i].n);close(t);}}
 for(int i=0;i<6;i++)CK(symlinkat(lnk[i][0],d,lnk[i][1]));
 CK(mkdirat(d,"pts",0755));CK(mkdirat(d,"shm",01777));CK(mkdirat(d,"mqueue",0755));}
#include <sys/socket.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/if_link.h>
#include <linux/veth.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nf_tables.h>
#include <arpa/inet.h>
static int k_veth=0,k_pub=0,k_br=0;static int vg[2];
static char nb[4096];static int nl;static unsigned nseq;
static struct nlmsghdr*NM(int t,int f,int extra){struct nlmsghdr*h=(void*)(nb+nl);memset(h,0,16+extra);h->nlmsg_len=16+extra;h->nlmsg_type=t;h->nlmsg_flags=NLM_F_REQUEST|f;h->nlmsg_seq=++nseq;return h;}
static void*PA(struct nlmsghdr*h,int t,const void*d,int l){struct nlattr*a=(void*)((char*)h+NLMSG_ALIGN(h->nlmsg_len));a->nla_type=t;a->nla_len=4+l;if(l)memcpy(a+1,d,l);int pad=NLMSG_ALIGN(l)-l;memset((char*)(a+1)+l,0,pad);h->nlmsg_len=NLMSG_ALIGN(h->nlmsg_len)+4+NLMSG_ALIGN(l);return a;}
static void PU(struct nlmsghdr*h,int t,unsigned v){PA(h,t,&v,4);}
static void NE(struct nlmsghdr*h,void*a){((struct nlattr*)a)->nla_len=(char*)h+h->nlmsg_len-(char*)a;}
static void ND(struct nlmsghdr*h){nl+=NLMSG_ALIGN(h->nlmsg_len);}
static void NF(int s,const char*w){if(send(s,nb,nl,0)<0)die(w);nl=0;char r[4096];int n=recv(s,r,4096,0);struct nlmsghdr*h=(void*)r;for(;NLMSG_OK(h,n);h=NLMSG_NEXT(h,n))if(h->nlmsg_type==NLMSG_ERROR){int e=((struct nlmsgerr*)(h+1))->error;if(e){errno=-e;die(w);}}}
static void vethup(long pid){
 int s=socket(AF_NETLINK,SOCK_RAW|SOCK_CLOEXEC,NETLINK_ROUTE);char hn[16];snprintf(hn,16,"vh%ld",pid);unsigned p=pid,one=1;
 struct nlmsghdr*h=NM(RTM_NEWLINK,NLM_F_CREATE|NLM_F_EXCL|NLM_F_ACK,sizeof(struct ifinfomsg));struct ifinfomsg*i=(void*)(h+1);i->ifi_flags=i->ifi_change=1;
 PA(h,IFLA_IFNAME,hn,strlen(hn)+1);PU(h,IFLA_MASTER,k_br);PU(h,IFLA_NUM_TX_QUEUES,1);PU(h,IFLA_NUM_RX_QUEUES,1);
 void*a=PA(h,IFLA_LINKINFO,0,0);PA(h,IFLA_INFO_KIND,"veth",5);void*b=PA(h,IFLA_INFO_DATA,0,0);struct ifinfomsg z={0};void*c=PA(h,VETH_INFO_PEER,&z,sizeof z);
 PA(h,IFLA_IFNAME,"eth0",5);PU(h,IFLA_NET_NS_PID,p);PU(h,IFLA_NUM_TX_QUEUES,1);PU(h,IFLA_NUM_RX_QUEUES,1);NE(h,c);NE(h,b);NE(h,a);ND(h);(void)one;NF(s,"veth");close(s);}
static void inside(long id){
 int s=socket(AF_NETLINK,SOCK_RAW|SOCK_CLOEXEC,NETLINK_ROUTE);unsigned ip=htonl(0x0AE80000|(0x100+(id%60000))),gw=htonl(0x0AE80001);struct nlmsghdr*h;
 for(int k=1;k<=2;k++){h=NM(RTM_NEWLINK,0,sizeof(struct ifinfomsg));struct ifinfomsg*i=(void*)(h+1);i->ifi_index=k;i->ifi_flags=i->ifi_change=1;ND(h);}
 h=NM(RTM_NEWADDR,NLM_F_CREATE,sizeof(struct ifaddrmsg));struct ifaddrmsg*m=(void*)(h+1);m->ifa_family=AF_INET;m->ifa_prefixlen=16;m->ifa_index=2;PU(h,IFA_LOCAL,ip);PU(h,IFA_ADDRESS,ip);ND(h);
 h=NM(RTM_NEWROUTE,NLM_F_CREATE|NLM_F_ACK,sizeof(struct rtmsg));struct rtmsg*r=(void*)(h+1);r->rtm_family=AF_INET;r->rtm_table=RT_TABLE_MAIN;r->rtm_protocol=RTPROT_STATIC;r->rtm_type=RTN_UNICAST;PU(h,RTA_GATEWAY,gw);ND(h);NF(s,"inside");close(s);}
static void publish(long id){
 int s=socket(AF_NETLINK,SOCK_RAW|SOCK_CLOEXEC,NETLINK_NETFILTER);struct nlmsghdr*h;unsigned ip=htonl(0x0AE80000|(0x100+(id%60000)));
 h=NM(NFNL_MSG_BATCH_BEGIN,0,4);((struct nfgenmsg*)(h+1))->res_id=htons(NFNL_SUBSYS_NFTABLES);ND(h);
 h=NM(NFNL_SUBSYS_NFTABLES<<8|NFT_MSG_NEWSETELEM,NLM_F_CREATE|NLM_F_ACK,4);((struct nfgenmsg*)(h+1))->nfgen_family=2;
 PA(h,NFTA_SET_ELEM_LIST_TABLE,"nap",4);PA(h,NFTA_SET_ELEM_LIST_SET,"pf",3);void*a=PA(h,NFTA_SET_ELEM_LIST_ELEMENTS|NLA_F_NESTED,0,0);void*b=PA(h,1|NLA_F_NESTED,0,0);
 unsigned short k[2]={htons(id%60000+1000),0};void*c=PA(h,NFTA_SET_ELEM_KEY|NLA_F_NESTED,0,0);PA(h,NFTA_DATA_VALUE,k,2);NE(h,c);
 unsigned char d[8]={0};memcpy(d,&ip,4);unsigned short q=htons(80);memcpy(d+4,&q,2);c=PA(h,NFTA_SET_ELEM_DATA|NLA_F_NESTED,0,0);PA(h,NFTA_DATA_VALUE,d,8);NE(h,c);NE(h,b);NE(h,a);ND(h);
 h=NM(NFNL_MSG_BATCH_END,0,4);((struct nfgenmsg*)(h+1))->res_id=htons(NFNL_SUBSYS_NFTABLES);ND(h);NF(s,"publish");close(s);}
static int gate[2];
static int child(void){
 int root;
 umask(0);
 MARK(3,"clone3->child runs");
 if(k_netns){int f=open(k_netns,O_RDONLY|O_CLOEXEC);CK(f);CK(setns(f,CLONE_NEWNET));close(f);}
 if(k_cg==2){char c;read(gate[0],&c,1);}
 if(!k_mnt)goto noroot;
 {struct mount_attr a={.propagation=MS_PRIVATE};CK(syscall(SYS_mount_setattr,AT_FDCWD,"/",AT_RECURSIVE,&a,sizeof a));}
 MARK(4,"make / rprivate");
 if(k_ovl){
  char up[256],wk[256];snprintf(up,256,"%s/%d/u",k_upper,cur);snprintf(wk,256,"%s/%d/w",k_upper,cur);
  const char*o[][2]={{"lowerdir",ulow},{"upperdir",up},{"workdir",wk},{"volatile",0}};
  root=mk("overlay",o,k_volatile?4:3,0);
 }else{CK(root=open_tree(AT_FDCWD,k_rootfs,OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC));}
 at(root,AT_FDCWD,B"/mnt");
 MARK(5,"rootfs (overlay) mount");
 int null=open("/dev/null",O_PATH|O_CLOEXEC);
 if(k_proc){int m=mk("proc",0,0,MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC);at(m,root,"proc");close(m);}
 MARK(6,"proc");
 if(k_dev){int d;
  if(k_dev<3){const char*o[][2]={{"mode","755"},{"size","65536k"}};d=mk("tmpfs",o,2,MOUNT_ATTR_NOSUID);at(d,root,"dev");}
  else{CK(d=open_tree(AT_FDCWD,k_tmpl,OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC));struct mount_attr a={.attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID};CK(syscall(SYS_mount_setattr,d,"",AT_EMPTY_PATH,&a,sizeof a));at(d,root,"dev");}
  MARK(7,"dev tmpfs");
  if(k_dev<3)devpop(d,k_dev==2);
  MARK(8,"dev nodes+links");
  if(k_pts){const char*o[][2]={{"ptmxmode","0666"},{"mode","0620"},{"gid","5"}};int m=mk("devpts",o,3,MOUNT_ATTR_NOSUID|MOUNT_ATTR_NOEXEC);at(m,d,"pts");close(m);}
  MARK(9,"devpts");
  if(k_shm){const char*o[][2]={{"mode","1777"},{"size","65536k"}};int m=mk("tmpfs",o,2,MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC);at(m,d,"shm");close(m);}
  MARK(10,"dev/shm");
  if(k_mq){int m=mk("mqueue",0,0,MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC);at(m,d,"mqueue");close(m);}
  MARK(11,"mqueue");close(d);}
 if(k_sys){int m=mk("sysfs",0,0,MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC);at(m,root,"sys");close(m);}
 MARK(12,"sysfs");
 if(k_cgm&&k_sys){int m=mk("cgroup2",0,0,MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC);at(m,root,"sys/fs/cgroup");close(m);}
 MARK(13,"cgroup2 mount");
 if(k_mask){int e=-1;
  for(unsigned i=0;i<sizeof masks/sizeof*masks;i++){struct stat st;
   int f=openat(root,masks[i],O_PATH|O_CLOEXEC|O_NOFOLLOW);if(f<0)continue;fstat(f,&st);
   if(S_ISDIR(st.st_mode)){int m;
    if(k_mask==1){m=mk("tmpfs",0,0,MOUNT_ATTR_RDONLY);}
    else{if(e<0){const char*o[][2]={{"size","0"},{"mode","555"}};e=mk("tmpfs",o,2,MOUNT_ATTR_RDONLY);m=e;}else{m=open_tree(e,"",OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH);if(m<0)die("clone empty");}}
    at(m,root,masks[i]);if(m!=e)close(m);
   }else{int m=open_tree(null,"",OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_EMPTY_PATH);CK(m);at(m,root,masks[i]);close(m);}
   close(f);}
  if(e>=0)close(e);}
 MARK(14,"masked paths");
 if(k_ro)for(unsigned i=0;i<sizeof ros/sizeof*ros;i++){
  int m=open_tree(root,ros[i],OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE);if(m<0)continue;
  struct mount_attr a={.attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC};
  CK(syscall(SYS_mount_setattr,m,"",AT_EMPTY_PATH|AT_RECURSIVE,&a,sizeof a));at(m,root,ros[i]);close(m);}
 MARK(15,"readonly paths");
 CK(fchdir(root));close(root);
 CK(syscall(SYS_pivot_root,".","."));
 MARK(16,"pivot_root");
 if(k_umount)CK(umount2(".",MNT_DETACH));
 CK(chdir("/"));
 MARK(17,"umount old root");
 noroot:
 if(k_veth){char c;close(vg[1]);read(vg[0],&c,1);close(vg[0]);inside(cur);}
 MARK(21,"net inside");
 if(k_uts)CK(sethostname("floor",5));
 MARK(18,"sethostname");
 if(k_caps){
  uint64_t keep=0;int kc[]={0,1,3,4,5,6,7,8,10,18,31};for(unsigned i=0;i<sizeof kc/sizeof*kc;i++)keep|=1ull<<kc[i];
  for(int i=0;i<=40;i++)if(!(keep>>i&1))prctl(PR_CAPBSET_DROP,i,0,0,0);
  prctl(PR_CAP_AMBIENT,PR_CAP_AMBIENT_CLEAR_ALL,0,0,0);
  struct __user_cap_header_struct h={_LINUX_CAPABILITY_VERSION_3,0};struct __user_cap_data_struct d[2]={{keep,keep,0},{keep>>32,keep>>32,0}};
  if(k_sec&&!k_nnp)d[0].effective|=1u<<21,d[0].permitted|=1u<<21;
  CK(syscall(SYS_capset,&h,d));}
 MARK(19,"capabilities");
 if(k_nnp)CK(prctl(PR_SET_NO_NEW_PRIVS,1,0,0,0));
 MARK(20,"no_new_privs");
 return 0;}
static int child2(void){
 MARK(22,"(blob read)");
 
 return 0;}
static int finish(struct sock_fprog*fp){
 if(k_sec==1)CK(syscall(SYS_seccomp,SECCOMP_SET_MODE_FILTER,0,fp));
 MARK(23,"seccomp load");
 syscall(SYS_close_range,3,~0u,4);
 char*av[]={(char*)k_prog,0},*ev[]={"PATH=/bin",0};
 MARK(24,"close_range");
 execve(k_prog,av,ev);die("execve");return 1;}
static int cmpd(const void*a,const void*b){double x=*(double*)a,y=*(double*)b;return x<y?-1:x>y;}
static void kv(char*s){char*v=strchr(s,'=');*v++=0;
#define K(n) if(!strcmp(s,#n)){k_##n=atoi(v);return;}
 K(net)K(ipc)K(uts)K(cgns)K(pid)K(mnt)K(ovl)K(volatile)K(proc)K(sys)K(cgm)K(dev)K(pts)K(shm)K(mq)K(mask)K(ro)K(caps)K(nnp)K(sec)K(cg)K(vm)K(umount)K(veth)K(pub)K(br)
 if(!strcmp(s,"upper"))k_upper=v;else if(!strcmp(s,"blob"))k_blob=v;else if(!strcmp(s,"cgroot"))k_cgroot=v;else if(!strcmp(s,"netns")){k_netns=v;k_net=0;}else if(!strcmp(s,"prog"))k_prog=v;else if(!strcmp(s,"rootfs"))k_rootfs=v;else if(!strcmp(s,"tmpl"))k_tmpl=v;else{fprintf(stderr,"bad knob %s\n",s);exit(2);}}
int main(int c,char**v){
 int N=1,quiet=0;char*gen=0;
 double tmain=now();
 for(int o;(o=getopt(c,v,"N:k:G:q"))>0;)switch(o){case'N':N=atoi(optarg);break;case'k':kv(optarg);break;case'G':gen=optarg;break;case'q':quiet=1;break;default:return 2;}
 S=mmap(0,4096,PROT_READ|PROT_WRITE,MAP_SHARED|MAP_ANONYMOUS,-1,0);
 if(k_ovl)for(int i=0;i<k_ovl;i++){char p[128];if(i==k_ovl-1)snprintf(p,128,"%s",k_rootfs);else snprintf(p,128,"%s/layers/%d:",B,i);strcat(ulow,p);}
 static double T[MX][4096];static double tot[4096];
 for(cur=0;cur<N;cur++){
  int id=N==1?getpid():cur;cur=N==1?0:cur;
  char up[256],cg[256]="";memset(S,0,sizeof*S);
  struct sock_fprog fp={0};static struct sock_filter fb[8192];
  MARK(0,"start");
  int save=cur;cur=id;
  if(k_ovl){snprintf(up,256,"%s/%d",k_upper,id);CK(mkdir(up,0755));int l=strlen(up);strcpy(up+l,"/u");CK(mkdir(up,0755));strcpy(up+l,"/w");CK(mkdir(up,0755));up[l]=0;}
  MARK(1,"mkdir upper/work");
  int cgfd=-1;
  if(k_cg){snprintf(cg,256,"%s/%d",k_cgroot,id);CK(mkdir(cg,0755));CK(cgfd=open(cg,O_PATH|O_DIRECTORY|O_CLOEXEC));}
  MARK(2,"cgroup mkdir");
  if(k_sec==1){int f=open(k_blob,O_RDONLY|O_CLOEXEC);CK(f);long n=read(f,fb,sizeof fb);close(f);fp.len=n/8;fp.filter=fb;}
  if(k_cg==2)CK(pipe2(gate,O_CLOEXEC));if(k_veth)CK(pipe2(vg,O_CLOEXEC));
  struct clone_args a={.flags=(k_pid?CLONE_NEWPID:0)|(k_mnt?CLONE_NEWNS:0)|(k_uts?CLONE_NEWUTS:0)|(k_ipc?CLONE_NEWIPC:0)|(k_net?CLONE_NEWNET:0)|(k_cgns?CLONE_NEWCGROUP:0)|(k_cg==1?CLONE_INTO_CGROUP:0)|(k_vm?CLONE_VM|CLONE_VFORK:0),.exit_signal=SIGCHLD,.cgroup=k_cg==1?cgfd:0};
  S->t[25]=now();
  long p;
  if(k_vm){
   // share the parent's memory; child needs its own stack: use clone() wrapper semantics through glibc for safety
   static char stk[65536]__attribute__((aligned(16)));
   int fn(void*x){(void)x;child();child2();return finish(&fp);}
   p=clone(fn,stk+sizeof stk,(int)(a.flags&~CLONE_INTO_CGROUP)|SIGCHLD,0);
  }else{
   p=syscall(SYS_clone3,&a,sizeof a);
   if(!p){child();child2();finish(&fp);}
  }
  CK(p);
  S->t[26]=now();
  if(k_veth){close(vg[0]);vethup(p);write(vg[1],"x",1);close(vg[1]);if(k_pub)publish(id);}
  S->t[31]=now();
  if(k_cg==2){char pr[300],b[16];snprintf(pr,300,"%s/cgroup.procs",cg);double t=now();int f=open(pr,O_WRONLY|O_CLOEXEC);int l=snprintf(b,16,"%ld",p);CK(write(f,b,l));close(f);S->t[30]=now()-t;write(gate[1],"x",1);close(gate[0]);close(gate[1]);}
  int st;CK(waitpid(p,&st,0));
  S->t[27]=now();
  if(cgfd>=0){close(cgfd);CK(rmdir(cg));}
  S->t[28]=now();
  if(k_ovl){char q[300];snprintf(q,300,"%s/w/work",up);rmdir(q);snprintf(q,300,"%s/w/work/incompat/volatile/dirty",up);unlink(q);snprintf(q,300,"%s/w/work/incompat/volatile",up);rmdir(q);snprintf(q,300,"%s/w/work/incompat",up);rmdir(q);snprintf(q,300,"%s/w/work",up);rmdir(q);snprintf(q,300,"%s/w",up);CK(rmdir(q));snprintf(q,300,"%s/u",up);CK(rmdir(q));CK(rmdir(up));}
  S->t[29]=now();
  cur=save;
  if(st){fprintf(stderr,"status %x\n",st);return 1;}
  if(N>1){for(int i=0;i<32;i++)T[i][cur]=S->t[i];tot[cur]=S->t[29]-S->t[0];}
  if(N==1)break;
 }
 if(N>1&&!quiet){
  double d[4096];
#define ROW(name,expr) do{int n=0;for(int i=0;i<N;i++){double x=(expr);d[n++]=x;}qsort(d,n,8,cmpd);printf("%-24s med %8.1f  p10 %8.1f  p90 %8.1f us\n",name,d[n/2],d[n/10],d[n*9/10]);}while(0)
  ROW("mkdir upper/work",T[1][i]-T[0][i]);ROW("cgroup mkdir+open",T[2][i]-T[1][i]);
  ROW("blob read",T[25][i]-T[2][i]);
  ROW("clone3 (parent view)",T[26][i]-T[25][i]);ROW("clone3 -> child runs",T[3][i]-T[25][i]);
  ROW("[parent: veth+publish]",T[31][i]-T[26][i]);ROW("[net inside wait+batch]",T[21][i]-T[17][i]);int prev=3;for(int j=4;j<=24;j++){if(!T[j][1]||!nm[j]){if(!T[j][1])continue;}
   static const char*names[]={[4]="make / rprivate",[5]="rootfs mount",[6]="proc",[7]="dev tmpfs",[8]="dev nodes+links",[9]="devpts",[10]="dev/shm",[11]="mqueue",[12]="sysfs",[13]="cgroup2 mount",[14]="masked paths",[15]="readonly paths",[16]="pivot_root",[17]="umount old root",[18]="sethostname",[19]="capabilities",[20]="no_new_privs",[21]="-",[22]="-",[23]="seccomp",[24]="close_range"};
   ROW(names[j]?names[j]:"?",T[j][i]-T[prev][i]);prev=j;}
  ROW("exec+run+exit->wait",T[27][i]-T[24][i]);ROW("rmdir cgroup",T[28][i]-T[27][i]);ROW("rm upper/work",T[29][i]-T[28][i]);
  if(k_cg==2)ROW("[cgroup.procs write]",T[30][i]);
  ROW("setup total (start->exec)",T[24][i]-T[0][i]);ROW("TOTAL",T[29][i]-T[0][i]);
  (void)tmain;
 }
 return 0;}
