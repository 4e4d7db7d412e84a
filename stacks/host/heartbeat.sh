# Tells CloudWatch that alerts pass: that Alertmanager has the one that always fires, from Prometheus, now.
# UPKEEP_NAMESPACE: from the unit.
set -u
alerts=$(amtool --alertmanager.url="${UPKEEP_ALERTMANAGER:-http://127.0.0.1:9093}" alert query --output=json alertname=Watchdog) || exit 1
case $alerts in
*'"alertname":"Watchdog"'*) ;;
*)
  echo 'upkeep: Alertmanager has no Watchdog: no alert would come' >&2
  exit 1
  ;;
esac
aws cloudwatch put-metric-data --namespace "$UPKEEP_NAMESPACE" --metric-name Watchdog --value 1
