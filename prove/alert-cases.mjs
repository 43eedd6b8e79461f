// When each rule of `deploy/alerts.yml` is to fire. `series` are figures as `promtool test rules` writes
// them, one value a minute; at minute `still` nothing may fire yet, at minute `fires` one alert does,
// with these labels and this summary.
const a = 'instance="a:9090"';
const requests = (status) => `http_requests_total{${a},status="${status}",route="/app/{slug}"}`;
const within = (limit) => `http_request_seconds_bucket{${a},route="/app/{slug}",le="${limit}"}`;
const streamed = (limit) => `http_request_seconds_bucket{${a},route="/api/stream",le="${limit}"}`;

export const cases = {
  RapportDown: {
    when: "a node has not answered for a minute",
    series: { [`up{job="rapport",${a}}`]: "1 1 0x10", 'up{job="rapport",instance="b:9090"}': "1x12", [`up{job="another",${a}}`]: "0x12" },
    still: 2, fires: 3,
    labels: { severity: "page", job: "rapport", instance: "a:9090" },
    summary: "a:9090 does not answer",
  },
  RapportNotReady: {
    when: "a part has failed for a minute",
    series: { [`ready{${a},part="database"}`]: "1 1 0x10", [`ready{${a},part="files"}`]: "1x12" },
    still: 2, fires: 3,
    labels: { severity: "page", instance: "a:9090", part: "database" },
    summary: "database fails on a:9090",
  },
  RapportErrors: {
    when: "two requests in a hundred have broken for five minutes, and not at one in two hundred",
    series: {
      [requests(200)]: "0+98x30", [requests(503)]: "0+2x30",
      'http_requests_total{instance="b:9090",status="200"}': "0+199x30", 'http_requests_total{instance="b:9090",status="500"}': "0+1x30",
    },
    still: 5, fires: 6,
    labels: { severity: "page", instance: "a:9090" },
    summary: "2% of requests break on a:9090",
  },
  RapportSlow: {
    when: "one request in ten has taken a second for ten minutes, streams aside",
    series: { [within("0.25")]: "0+90x40", [within("1")]: "0+100x40", [within("+Inf")]: "0+100x40", [streamed("1")]: "0x40", [streamed("+Inf")]: "0+100x40" },
    still: 10, fires: 11,
    labels: { severity: "ticket", instance: "a:9090" },
    summary: "p95 is 625ms on a:9090",
  },
  RapportSlowStatements: {
    when: "slow statements have come every five seconds for a quarter of an hour",
    series: { [`db_slow_statements_total{${a}}`]: "0+12x40", 'db_slow_statements_total{instance="b:9090"}': "0+3x40" },
    still: 15, fires: 16,
    labels: { severity: "ticket", instance: "a:9090" },
    summary: "0.2 slow statements a second on a:9090",
  },
  RapportConnectionsUsedUp: {
    when: "fifteen of sixteen connections have been busy for five minutes",
    series: {
      [`db_connections_busy{${a}}`]: "4 15x20", [`db_connections_max{${a}}`]: "16x21",
      'db_connections_busy{instance="b:9090"}': "14x21", 'db_connections_max{instance="b:9090"}': "16x21",
    },
    still: 5, fires: 6,
    labels: { severity: "ticket", instance: "a:9090" },
    summary: "93.75% of the database connections of a:9090 are busy",
  },
  RapportReplicaLeftAlone: {
    when: "reports have been read at the primary for ten minutes, and not where the replica reads them",
    series: { [`db_reports_total{${a},server="primary"}`]: "0+2x40", 'db_reports_total{instance="b:9090",server="replica"}': "0+2x40", 'db_reports_total{instance="b:9090",server="primary"}': "3x40" },
    still: 10, fires: 11,
    labels: { severity: "ticket", instance: "a:9090" },
    summary: "a:9090 reads reports at the primary: the replica is away or behind",
  },
  RapportJobsLaidAside: {
    when: "a job gave up, once for all nodes that say so",
    series: { [`queue_jobs{${a},job="mail.send",state="dead"}`]: "0 0 3x10", 'queue_jobs{instance="b:9090",job="mail.send",state="dead"}': "0 0 3x10", [`queue_jobs{${a},job="mail.send",state="waiting"}`]: "40x12" },
    still: 1, fires: 2,
    labels: { severity: "ticket", job: "mail.send" },
    summary: "3 jobs mail.send gave up",
  },
  RapportJobsWait: {
    when: "a job has waited longer than five minutes for five minutes",
    series: { [`queue_oldest_seconds{${a}}`]: "0 300 360+60x20" },
    still: 6, fires: 7,
    labels: { severity: "page" },
    summary: "A background job has waited 11m 0s",
  },
  RapportEventsWait: {
    when: "events have waited longer than a minute for two minutes",
    series: { [`relay_behind_seconds{${a}}`]: "0 60 90+60x20" },
    still: 3, fires: 4,
    labels: { severity: "page" },
    summary: "Events have waited 3m 30s to be passed on",
  },
  RapportArchiveBehind: {
    when: "writes of more than a quarter of an hour are in no archive",
    series: { [`archive_behind_seconds{${a}}`]: "0 900 960x10" },
    still: 1, fires: 2,
    labels: { severity: "page" },
    summary: "16m 0s of writes of the private database are in no archive",
  },
  RapportDiskFull: {
    when: "less than 2 GB have been left for five minutes",
    series: { [`files_free_bytes{${a}}`]: "9e9 1073741824x20", 'files_free_bytes{instance="b:9090"}': "9e9x21" },
    still: 5, fires: 6,
    labels: { severity: "page", instance: "a:9090" },
    summary: "1GiB are left on the disk of a:9090",
  },
  RapportTurnsAway: {
    when: "two connections a second have been refused for seven minutes, and not at one in two seconds",
    series: { [`http_connections_refused_total{${a},reason="full"}`]: "0+120x30", [`http_connections_refused_total{${a},reason="one address"}`]: "0+30x30" },
    still: 7, fires: 8,
    labels: { severity: "ticket", instance: "a:9090", reason: "full" },
    summary: "a:9090 turns connections away: full",
  },
  RapportWayInTried: {
    when: "a way in has been closed to two tries a second for seven minutes, over all nodes",
    series: { [`rate_limited_total{${a},way="sign_in"}`]: "0+60x30", 'rate_limited_total{instance="b:9090",way="sign_in"}': "0+60x30", [`rate_limited_total{${a},way="api"}`]: "0+30x30" },
    still: 7, fires: 8,
    labels: { severity: "ticket", way: "sign_in" },
    summary: "Someone tries sign_in again and again",
  },
};
