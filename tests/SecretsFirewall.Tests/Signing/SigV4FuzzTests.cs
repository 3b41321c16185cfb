using System.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Signing;
using SecretsFirewall.Tests.Fuzzing;

namespace SecretsFirewall.Tests.Signing;

/// <summary>Damaged input is told from sound input, and nothing else happens: no other exception, no endless reading. Seeded, so that a failure comes again.</summary>
public sealed class SigV4FuzzTests
{
    private static readonly int Rounds = FuzzRounds.Or(4_000);

    private static readonly string Hex = new('a', 64);

    [Fact]
    public void Parsers_DamagedSignatures_AnswerOrRefuse()
    {
        var random = new Random(20260830);
        var authorization = $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=host;x-amz-date, Signature={Hex}";
        var target = $"/b/k%20y?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fiam%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Signature={Hex}";
        for (var i = 0; i < Rounds; i++)
        {
            var field = Damage(authorization, random);
            if (SigV4Claim.ParseAuthorization(field) is { } claim)
            {
                Assert.Equal(claim.AccessKeyId, SigV4Claim.AccessKeyIdOf(field)); // the loose reading decides whose key it is
            }

            var url = Damage(target, random);
            if (PresignedTarget.TryParse(url, takeToken: true) is { Claim: { } inQuery } presigned)
            {
                Assert.Equal(inQuery.AccessKeyId, PresignedTarget.AccessKeyIdOf(url));
                Assert.DoesNotContain("X-Amz-Signature", presigned.WithoutSignature, StringComparison.Ordinal);
            }

            var request = new SignableRequest("GET", url, [new("host", field)], "20150830T123600Z");
            Assert.All(CanonicalForm.All, form => Assert.NotEmpty(request.Canonical(form, Hex)));
        }
    }

    [Fact]
    public void AwsChunked_DamagedBodies_GiveDataOrInvalidData()
    {
        var random = new Random(20260830);
        var sound = $"5;chunk-signature={Hex}\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n";
        var (read, refused) = (0, 0);
        for (var i = 0; i < Rounds; i++)
        {
            var body = Encoding.Latin1.GetBytes(Damage(sound, random));
            using var decoder = ContentCodings.Decode(new MemoryStream(body), [ContentCoding.AwsChunked]);
            try
            {
                var plain = new MemoryStream();
                decoder.CopyTo(plain);
                Assert.True(plain.Length < body.Length || body.Length == 0);
                read++;
            }
            catch (InvalidDataException)
            {
                refused++;
            }
        }

        Assert.True(read > 0 && refused > 0);
    }

    private static string Damage(string text, Random random)
    {
        var damaged = new StringBuilder(text);
        for (var edits = random.Next(1, 4); edits > 0 && damaged.Length > 0; edits--)
        {
            var at = random.Next(damaged.Length);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (char)random.Next(256);
                    break;
                case 1:
                    damaged.Remove(at, random.Next(1, Math.Min(8, damaged.Length - at) + 1));
                    break;
                case 2:
                    damaged.Insert(at, damaged.ToString(at, random.Next(1, Math.Min(20, damaged.Length - at) + 1)));
                    break;
                default:
                    damaged.Length = at;
                    break;
            }
        }

        return damaged.ToString();
    }
}
