import { graphql } from "@/gql";

export const SloDetailDocument = graphql(/* GraphQL */ `
  query SloDetail($name: String!, $objective: String, $window: WindowInput, $asOf: Time, $group: Labels) {
    slo(name: $name) {
      id
      name
      displayName
      method
      unit
      window {
        duration
        title
      }
      ...SloHeader
      objectives {
        name
        targetPercent
      }
      objective(name: $objective) {
        name
        targetPercent
        sliceLength
        budget(window: $window, asOf: $asOf, group: $group) {
          ...BudgetFigures
        }
        burnRates(window: $window, asOf: $asOf, group: $group) {
          ...BurnRateFields
        }
        composite {
          method
        }
        groups(first: 1, window: $window, asOf: $asOf) {
          totalCount
        }
      }
    }
  }
`);

export const SloPingDocument = graphql(/* GraphQL */ `
  subscription SloPing($ids: [ID!]) {
    sloChanged(ids: $ids) {
      at
      slo {
        id
      }
    }
  }
`);

export const SloPlotsDocument = graphql(/* GraphQL */ `
  query SloPlots(
    $name: String!
    $objective: String
    $windowFrom: Time
    $windowTo: Time
    $windowPoints: Int
    $from: Time
    $to: Time
    $points: Int
    $group: Labels
  ) {
    slo(name: $name) {
      id
      name
      objective(name: $objective) {
        name
        burnDown: series(kind: BURN_DOWN, from: $windowFrom, to: $windowTo, maxPoints: $windowPoints, group: $group) {
          ...PlotSeries
        }
        sli: series(kind: SLI, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
        burnRate: series(kind: BURN_RATE, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
        volume: series(kind: VOLUME, from: $from, to: $to, maxPoints: $points, group: $group) {
          ...PlotSeries
        }
      }
    }
  }
`);
