using SecretsFirewall.Inspection.Detection.Rules.Checksums;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Inspection.Detection.Rules.Compilation;

internal static class ChecksumCompiler
{
    public static Checksum? Compile(RulePlace place, RuleShape? shape)
    {
        if (place.Document.Checksum is not { } document || shape is null)
        {
            return null;
        }

        switch (document.Kind)
        {
            case ChecksumKind.Luhn:
                return new Luhn();
            case ChecksumKind.Mod97:
                return new Mod97();
            case ChecksumKind.Bech32:
                return new Bech32();
        }

        var body = (shape as TokenShape)?.Body.Parts ?? [];
        var tail = TailChecksum.TailLength(document.Kind);
        var over = document.Over ?? ChecksumOver.Body;
        if (body.Sum(part => part.Min) <= tail || (over == ChecksumOver.FirstPart && !body[0].IsFixed))
        {
            place.Fail("checksum", "The token is too short for it, or its first part has no fixed length.");
            return null;
        }

        return new TailChecksum(document.Kind, over, body[0].Min);
    }
}
