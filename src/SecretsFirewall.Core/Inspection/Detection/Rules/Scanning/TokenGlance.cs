using System.Collections.Immutable;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>Of tokens: the one byte of the body that ordinary text has most seldom at its place.</summary>
internal sealed class TokenGlance : Glance
{
    // Beyond, the text that is needed to say anything is often not there.
    private const int Reach = 24;

    private readonly int _distance;
    private readonly ByteSet _allowed;

    private TokenGlance(int distance, ByteSet allowed) => (_distance, _allowed) = (distance, allowed);

    public static TokenGlance? Of(ImmutableArray<PartSequence> bodies)
    {
        var (best, least) = ((TokenGlance?)null, 1.0);
        for (var distance = 0; distance < Reach; distance++)
        {
            var allowed = bodies.Select(body => body.SetAt(distance)).ToList();
            if (allowed.Contains(null))
            {
                break;
            }

            // Of equals the farthest: a word of prose has ended there.
            var union = allowed.Aggregate(ByteSet.Empty, (all, one) => all.Union(one!));
            var share = ShareOf(union);
            (best, least) = share <= least ? (new TokenGlance(distance, union), share) : (best, least);
        }

        return best;
    }

    public override bool MayFind(ReadOnlySpan<byte> text, int behind) =>
        text.Length - behind <= Reach || _allowed.Contains(text[behind + _distance]);

    private static double ShareOf(ByteSet set)
    {
        var share = 0.0;
        foreach (var member in set.Members)
        {
            share += ByteFrequencies.OfByte(member);
        }

        return share;
    }
}
