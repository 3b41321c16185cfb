using SecretsFirewall.Protocols.Usage;

namespace SecretsFirewall.Tests.Protocols.Usage;

public sealed class ModelCallsTests
{
    [Theory]
    [InlineData("/v1/batches")]
    [InlineData("/openai/v1/batches/")]
    [InlineData("/v1/messages/batches")]
    [InlineData("/v1/batch/jobs")]
    [InlineData("/v1beta/models/gemini-x:batchGenerateContent")]
    [InlineData("/v1beta/models/gemini-x%3AbatchGenerateContent")]
    [InlineData("/v1beta/models/e:asyncBatchEmbedContent")]
    [InlineData("/v1/projects/p/locations/l/batchPredictionJobs")]
    [InlineData("/model-invocation-job")]
    public void IsBatch_OfEachProvider(string path)
    {
        Assert.True(ModelCalls.IsBatch("POST", path));
        Assert.False(ModelCalls.IsBatch("GET", path));
    }

    [Theory]
    [InlineData("/v1/batches/b1/cancel")]
    [InlineData("/v1/chat/completions")]
    [InlineData("/v1beta/models/e:batchEmbedContents")]
    public void IsBatch_OfWhatAnswersAtOnce_IsFalse(string path) => Assert.False(ModelCalls.IsBatch("POST", path));
}
