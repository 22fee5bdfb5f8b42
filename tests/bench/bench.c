// SPDX-License-Identifier: MIT
// clang-format off
// bench: paired, interleaved launcher benchmark. Each round runs every command once (rotating order).
// usage: bench N WARMUP file   (file: "label<TAB>cmd args..." split on blanks; no shell)
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <spawn.h>
#include <time.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <sys/resource.h>
#include <sys/prctl.h>
extern char **environ;
#define MAXC 32
#define MAXN 2000
static char *label[MAXC]; static char *av[MAXC][128]; static int nc;
static double wall[MAXC][MAXN], cpu[MAXC][MAXN], rss[MAXC][MAXN], tail[MAXC][MAXN];
static double now(void){struct timespec t;clock_gettime(CLOCK_MONOTONIC,&t);return t.tv_sec*1e3+t.tv_nsec/1e6;}
static double tv(struct timeval a){return a.tv_sec*1e3+a.tv_usec/1e3;}
static int cmp(const void*a,const void*b){double x=*(double*)a,y=*(double*)b;return x<y?-1:x>y;}
static double q(double*v,int n,double p){double t[MAXN];memcpy(t,v,n*sizeof*t);qsort(t,n,sizeof*t,cmp);int i=p*(n-1)+.5;return t[i];}
int main(int c,char**v){
 int N=atoi(v[1]),W=atoi(v[2]);FILE*f=fopen(v[3],"r");char*l=0;size_t z=0;
 while(getline(&l,&z,f)>0){l[strcspn(l,"\n")]=0;if(!*l||*l=='#')continue;char*s=strdup(l);char*t=strchr(s,'\t');*t++=0;label[nc]=s;int k=0;for(char*p=strtok(t," ");p;p=strtok(0," "))av[nc][k++]=p;nc++;}
 fclose(f);free(l);
 prctl(PR_SET_CHILD_SUBREAPER,1);
 posix_spawn_file_actions_t fa;posix_spawn_file_actions_init(&fa);
 posix_spawn_file_actions_addopen(&fa,0,"/dev/null",O_RDONLY,0);posix_spawn_file_actions_addopen(&fa,1,"/dev/null",O_WRONLY,0);
 if(!getenv("BENCH_ERR"))posix_spawn_file_actions_addopen(&fa,2,"/dev/null",O_WRONLY,0);
 int fails[MAXC]={0};
 for(int r=-W;r<N;r++)for(int j=0;j<nc;j++){int i=(j+(r+W))%nc;struct rusage a,b,u;
  getrusage(RUSAGE_CHILDREN,&a);double t0=now();pid_t p;
  if(posix_spawnp(&p,av[i][0],&fa,0,av[i],environ)){perror(av[i][0]);exit(1);}
  int st;double mr=0;double t1=0;pid_t w;
  for(;;){w=wait4(-1,&st,0,&u);if(w<0)break;if(u.ru_maxrss>mr)mr=u.ru_maxrss;if(w==p){t1=now();if(st)fails[i]++;}}
  double t2=now();getrusage(RUSAGE_CHILDREN,&b);
  if(r>=0){wall[i][r]=t1-t0;tail[i][r]=t2-t1;rss[i][r]=mr;cpu[i][r]=tv(b.ru_utime)+tv(b.ru_stime)-tv(a.ru_utime)-tv(a.ru_stime);}
 }
 int ref=0;char*rn=getenv("BENCH_REF");if(rn)for(int i=0;i<nc;i++)if(!strcmp(rn,label[i]))ref=i;
 // BENCH_SUBJECT: label of the command whose paired ratio to each other one is wanted
 int sub=-1;char*sn=getenv("BENCH_SUBJECT");if(sn)for(int i=0;i<nc;i++)if(!strcmp(sn,label[i]))sub=i;
 printf("%-28s %9s %9s %9s %9s %9s %9s %7s %5s\n","label","wall_med","p10","p90","cpu_med","maxrssKB","tail_med","ratio","fail");
 for(int i=0;i<nc;i++){double rt[MAXN];for(int r=0;r<N;r++)rt[r]=wall[i][r]/wall[ref][r];
  printf("%-28s %9.3f %9.3f %9.3f %9.3f %9.0f %9.3f %7.2f %5d\n",label[i],q(wall[i],N,.5),q(wall[i],N,.1),q(wall[i],N,.9),q(cpu[i],N,.5),q(rss[i],N,.5),q(tail[i],N,.5),q(rt,N,.5),fails[i]);}
 if(sub>=0)for(int i=0;i<nc;i++)if(i!=sub){double rt[MAXN];for(int r=0;r<N;r++)rt[r]=wall[sub][r]/wall[i][r];
  printf("%s is %.2f x %s\n",label[sub],q(rt,N,.5),label[i]);}
}
