namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// Distributes fingerprints over as many buckets as the filter has. A bucket knows for each position only which bytes stand there in any
/// of its fingerprints, so similar ones share a bucket: step by step the two are joined whose joint bucket lets the least through.
/// </summary>
internal static class BucketPlan
{
    /// <returns>For each bucket the sets of bytes at each position.</returns>
    public static IReadOnlyList<ulong[]> Make(IEnumerable<ulong[]> fingerprints, int buckets)
    {
        var plan = fingerprints.Select(sets => new Bucket([.. sets])).ToList();
        var partners = new List<(int Partner, double Cost)>();
        for (var i = 0; i < plan.Count; i++)
        {
            partners.Add(BestPartner(plan, i));
        }

        while (plan.Count > buckets)
        {
            var first = 0;
            for (var i = 1; i < plan.Count; i++)
            {
                first = partners[i].Cost < partners[first].Cost ? i : first;
            }

            var second = partners[first].Partner;
            var (keep, drop) = (Math.Min(first, second), Math.Max(first, second));
            plan[keep] = new Bucket(Join(plan[keep].Sets, plan[drop].Sets));
            var last = plan.Count - 1;
            (plan[drop], partners[drop]) = (plan[last], partners[last]);
            plan.RemoveAt(last);
            partners.RemoveAt(last);
            for (var i = 0; i < plan.Count; i++)
            {
                var partner = partners[i].Partner;
                partners[i] = i == keep || partner == keep || partner == drop ? BestPartner(plan, i)
                    : partner == last ? (drop, partners[i].Cost)
                    : BetterOf(plan, i, keep, partners[i]);
            }
        }

        return [.. plan.Select(bucket => bucket.Sets)];
    }

    private static (int Partner, double Cost) BestPartner(List<Bucket> plan, int index)
    {
        var best = (Partner: -1, Cost: double.MaxValue);
        for (var i = 0; i < plan.Count; i++)
        {
            best = i == index ? best : BetterOf(plan, index, i, best);
        }

        return best;
    }

    private static (int Partner, double Cost) BetterOf(List<Bucket> plan, int index, int other, (int Partner, double Cost) best)
    {
        if (index == other)
        {
            return best;
        }

        var share = 1.0;
        for (var i = 0; i < Fingerprint.Positions; i++)
        {
            var (a, b) = (plan[index], plan[other]);
            share *= a.Shares[i] + b.Shares[i] - ByteFrequencies.Of(a.Sets[i] & b.Sets[i]);
        }

        var cost = share - plan[index].Share - plan[other].Share;
        return cost < best.Cost ? (other, cost) : best;
    }

    private static ulong[] Join(ulong[] a, ulong[] b) => [.. a.Zip(b, (x, y) => x | y)];

    private sealed class Bucket
    {
        public Bucket(ulong[] sets)
        {
            Sets = sets;
            Shares = [.. sets.Select(ByteFrequencies.Of)];
            Share = Shares.Aggregate(1.0, static (product, share) => product * share);
        }

        public ulong[] Sets { get; }

        public double[] Shares { get; }

        public double Share { get; }
    }
}
