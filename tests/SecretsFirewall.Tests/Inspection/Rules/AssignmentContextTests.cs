using System.Text;
using SecretsFirewall.Inspection.Detection.Rules.Examples;
using SecretsFirewall.Inspection.Detection.Rules.Matching;

namespace SecretsFirewall.Tests.Inspection.Rules;

/// <summary>How languages and formats assign a value to a name.</summary>
public sealed class AssignmentContextTests
{
    [Theory]
    [InlineData("apiToken = \"{}\"")]
    [InlineData("var apiToken string = \"{}\"")]
    [InlineData("apiToken: string = '{}'")]
    [InlineData("NSString *apiToken = @\"{}\";")]
    [InlineData("api_token = b'{}'")]
    [InlineData("$apiToken .= \"{}\"")]
    [InlineData("API_TOKEN :::= {}")]
    [InlineData("API_TOKEN ?= {}")]
    [InlineData("API_TOKEN += {}")]
    [InlineData("client.setApiToken(\"{}\")")]
    [InlineData("os.Setenv(\"API_TOKEN\", \"{}\")")]
    [InlineData("apiToken,{},")]
    [InlineData("| api token | {} |")]
    [InlineData("<apiToken>{}</apiToken>")]
    [InlineData("<apiToken>\n    {}\n</apiToken>")]
    [InlineData("<add key=\"ApiToken\" value=\"{}\" />")]
    [InlineData("<key>ApiToken</key>\n\t<string>{}</string>")]
    [InlineData("<property><name>api.token</name>\n<value>{}</value></property>")]
    [InlineData("api_token: |\n  {}")]
    [InlineData("api_token: >-\n  {}")]
    [InlineData("- name: API_TOKEN\n  value: {}")]
    [InlineData("- name: API_TOKEN\n  value: \"{}\"")]
    [InlineData("{\"name\": \"API_TOKEN\", \"value\": \"{}\"}")]
    [InlineData("{\\\"name\\\":\\\"API_TOKEN\\\",\\\"value\\\":\\\"{}\\\"}")]
    [InlineData("api_token: |\\n  {}\\n")]
    [InlineData("\\u003capiToken\\u003e{}\\u003c/apiToken\\u003e")]
    [InlineData("api_token =\n    \"{}\"")]
    [InlineData("api_token%3D{}")]
    [InlineData("api_token%3A+%22{}%22")]
    [InlineData("api_token+%3D+%27{}%27")]
    [InlineData("%22api_token%22%3A%20%22{}%22")]
    [InlineData("%22api_token%22%3a%22{}%22%2c")]
    public void Matches_ValueInThisContext_IsFound(string template)
    {
        var rule = ShippedRules.Set.Find("entropy-credential")!;
        var random = new SampleRandom(rule.Id, template, 0);
        foreach (var (alphabet, length) in new[] { ("hex", 32), ("base32", 32), ("base36", 24), ("base62", 22), ("base64", 40), ("base64url", 43) })
        {
            var value = Encoding.ASCII.GetString(RandomOf(random, alphabet, length));
            var text = Encoding.ASCII.GetBytes(template.Replace("{}", value, StringComparison.Ordinal));

            Assert.Contains((template.IndexOf("{}", StringComparison.Ordinal), length), Search.All(rule, text));
        }
    }

    [Theory]
    [InlineData("a token\n{}")]
    [InlineData("token {}")]
    [InlineData("api_token: # see below\n{}")]
    [InlineData("name: API_TOKEN\nvalues: {}")]
    [InlineData("next_page_token={}")]
    [InlineData("publicKeyToken={}")]
    [InlineData("token = {}.split()")]
    [InlineData("token = {}(x)")]
    [InlineData("token = {}%s")]
    public void Matches_ValueThatIsNotAssignedOrNoSecret_IsNotFound(string template)
    {
        var rule = ShippedRules.Set.Find("entropy-credential")!;
        var value = Encoding.ASCII.GetString(RandomOf(new SampleRandom(rule.Id, template, 0), "base62", 32));

        Assert.Empty(Search.All(rule, Encoding.ASCII.GetBytes(template.Replace("{}", value, StringComparison.Ordinal))));
    }

    [Theory]
    [InlineData("get_user_by_name_2_and_tenant_id")]
    [InlineData("X509_STORE_CTX_get0_param")]
    [InlineData("applicationServicesConnection2")]
    [InlineData("abcdefghijklmnopqrstuvwxyz0123456789")]
    [InlineData("1234567890123456789012")]
    [InlineData("src/components/button/index2")]
    [InlineData("0123456789abcdef0123456789abcdef")]
    [InlineData("00000000000000000000000000000001")]
    public void Matches_TextThatSomebodyWrote_IsNotFound(string value) =>
        Assert.Empty(Search.All(ShippedRules.Set.Find("entropy-credential")!, Encoding.ASCII.GetBytes($"token = \"{value}\"")));

    [Theory]
    [InlineData("1234567890abcdefghij")]
    [InlineData("abcdefghijklmnopqrstuvwxyz123456")]
    [InlineData("abcd1234efgh5678abcd1234efgh5678")]
    public void Matches_ValueThatCounts_IsNotFound(string value) =>
        Assert.Empty(Search.All(ShippedRules.Set.Find("generic-api-key")!, Encoding.ASCII.GetBytes($"api_key = \"{value}\"")));

    [Theory]
    [InlineData("a8Kd12345678Qz0xPm7R")]
    [InlineData("Zabcdefgh81kQ0vT5mXw")]
    public void Matches_ValueThatCountsInPartAlone_IsFound(string value) =>
        Assert.Single(Search.All(ShippedRules.Set.Find("generic-api-key")!, Encoding.ASCII.GetBytes($"api_key = \"{value}\"")));

    private static byte[] RandomOf(SampleRandom random, string alphabet, int length)
    {
        byte[] value;
        do
        {
            value = random.From(Alphabets.Parse(alphabet), length);
        }
        while (!RandomText.IsLikely(value));

        return value;
    }
}
