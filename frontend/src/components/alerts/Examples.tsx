import { CopyText } from "../CopyText";

/** A policy as it is written beside the objective that it watches. */
export function PolicyExample() {
  return <CopyText label="the policy" text={policy} />;
}

/** Targets as they are written in the configuration. */
export function TargetExample() {
  return <CopyText label="the targets" text={targets} />;
}

const policy = `apiVersion: openslo/v1
kind: SLO
spec:
  alertPolicies:
    - kind: AlertPolicy
      metadata:
        name: fast-burn
      spec:
        alertWhenBreaching: true
        alertWhenResolved: true
        conditions:
          - kind: AlertCondition
            metadata:
              name: fast-burn
              annotations:
                hindcast.dev/short-window: 5m
                hindcast.dev/min-events: "20"
            spec:
              severity: page
              condition:
                kind: burnrate
                op: gte
                threshold: 14.4
                lookbackWindow: 1h
                alertAfter: 2m
        notificationTargets:
          - kind: AlertNotificationTarget
            metadata:
              name: on-call
            spec:
              target: on-call # alerting.targets in hindcast.yaml`;

const targets = `alerting:
  external_url: https://hindcast.example.com # for links in alerts
  targets:
    - name: on-call
      type: alertmanager
      url: http://alertmanager:9093
    - name: chat
      type: webhook
      url: https://chat.example.com/hooks/slo
      secret_env: CHAT_WEBHOOK_SECRET # signs what is sent`;
