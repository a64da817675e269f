using System.Reflection;
using System.Text.RegularExpressions;
using GpuVae.Data;
using GpuVae.Runs;
using Xunit;

namespace GpuVae.Tests.Training;

public sealed class SettingsTests
{
    /// <summary>The text lies inside checkpoints, and equal runs give equal files: these keys stay where they are.</summary>
    private const string Keys =
        "gpuvae_version preset data binarize corruption hidden activation latent code likelihood objective beta batch "
        + "epochs learning_rate seed device precision limit train_labels label_column image_size color scale scale_offsets "
        + "scale_factors hold_out noise sigma sigma_is_learned samples divergence warm_up free_bits code_noise "
        + "effective_beta initializer output_bias schedule rate_steps final_learning_rate adam_beta1 adam_beta2 "
        + "adam_epsilon weight_decay clip_norm evaluate_every data_fingerprint checkpoint_every patience "
        + "data_path header drop columns missing array background skip_damaged column_names fill_values categorical mask_missing categories masked_columns decimal_mark network decoder train_on_all pictures augment ssim ssim_scales keep_pictures steps_per_launch data_memory cache";

    private const string MayChange = "gpuvae_version data_path data_fingerprint data cache epochs pictures keep_pictures steps_per_launch checkpoint_every patience";

    public static TheoryData<string> All => [.. Settings.All.Select(setting => setting.Key)];

    [Fact]
    public void Every_property_is_a_setting()
    {
        PropertyInfo[] properties = typeof(RunConfiguration).GetProperties(BindingFlags.Public | BindingFlags.Instance);
        Assert.Equal(
            properties.Select(property => property.Name).Order(StringComparer.Ordinal),
            Settings.All.Select(setting => setting.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Keys_of_the_file_stay_in_their_order()
    {
        Assert.Equal(Keys.Split(' '), Settings.InJson.Take(76).Select(setting => setting.Key));
        Assert.Equal(76, Settings.All.Select(setting => setting.JsonOrder).Count(order => order < int.MaxValue));
    }

    [Fact]
    public void A_run_goes_on_with_more_epochs_and_other_places_and_times_alone() =>
        Assert.Equal(MayChange.Split(' '), Settings.All.Where(setting => setting.MayChange).Select(setting => setting.Key));

    [Theory]
    [MemberData(nameof(All))]
    public void Its_option_and_its_table_name_each_other(string key)
    {
        Setting setting = Settings.Find(key)!;
        if (setting.Choices is RegistryTable choices)
            Assert.Equal(setting.Option, choices.Option);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_default_is_allowed_and_typed_back_it_is_the_same(string key)
    {
        Setting setting = Settings.Find(key)!;
        var defaults = new RunConfiguration();
        setting.Validate(defaults);
        string text = SettingFormat.Format(setting.Read(defaults));
        if (setting.IsOption && text.Length > 0)
            Assert.True(setting.IsEqual(defaults, setting.WithText(defaults, text)), $"{setting.Option} {text}");
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Its_help_says_what_it_is_names_all_choices_and_gives_the_default(string key)
    {
        Setting setting = Settings.Find(key)!;
        if (!setting.IsOption)
            return;
        Assert.Matches(@"^\S.*\. Default: [^.].*\.$", setting.Help);
        Assert.DoesNotContain("..", setting.Help, StringComparison.Ordinal);
        Assert.False(Regex.IsMatch(setting.Help, "[ ,;:]{3}|  "), setting.Help);
        Assert.True(setting.Placeholder.Length > 0 || setting.Type == typeof(bool));
        Assert.NotEmpty(setting.Group);
        Assert.All(setting.Choices?.Explanations ?? [], choice =>
            Assert.Contains(choice, setting.Help, StringComparison.Ordinal));
        Assert.Equal(setting.Choices?.Names ?? setting.Names, setting.Names);
    }

    [Fact]
    public void Help_of_data_says_what_each_format_takes()
    {
        string[] formats = [.. DataFormats.Summaries];
        string help = Settings.Find("data")!.Help;
        Assert.All([.. Datasets.Names, .. formats], said => Assert.Contains(said, help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0.001, "0.001")]
    [InlineData(1e-8, "1e-8")]
    [InlineData(-2.5e-15, "-2.5e-15")]
    [InlineData(1e20, "1e20")]
    [InlineData(double.NaN, "NaN")]
    public void Numbers_are_shown_as_they_are_typed(double number, string text)
    {
        Assert.Equal(text, SettingFormat.Format(number));
        Assert.Equal(number, SettingFormat.Of(typeof(double)).Parse(text));
    }

    [Fact]
    public void Part_held_out_is_said_as_it_is() => Assert.EndsWith(
        FormattableString.Invariant($"Default: {Datasets.DefaultHoldOut}."), Settings.Find("hold_out")!.Help,
        StringComparison.Ordinal);

    [Theory]
    [InlineData("beta", "--beta -1: must be a finite number, 0 or above; 1 is the ELBO")]
    [InlineData("noise", "--noise -1: must be a finite number above 0, such as 0.2")]
    [InlineData("adam_beta1", "--adam-beta1 -1: must be a number, 0 or above and below 1, such as 0.9")]
    [InlineData("hold_out", "--hold-out -1: must be a number between 0 and 1, such as 0.1")]
    [InlineData("sigma", "--sigma -1: must be a number from 1e-6 to 1000000, or learned")]
    [InlineData("warm_up", "--warm-up -1: must be a finite number of epochs, 0 or above")]
    [InlineData("batch", "--batch -1: must be a whole number of images, 1 or above")]
    [InlineData("hidden", "--hidden -1: must be a whole number of units, 1 or above")]
    public void A_wrong_number_is_answered_with_the_right_ones(string key, string message)
    {
        Setting setting = Settings.Find(key)!;
        UserException exception = Assert.Throws<UserException>(
            () => setting.WithText(new RunConfiguration(), "-1").Validate());
        Assert.Equal(message, exception.Message);
    }

    [Fact]
    public void A_word_in_the_place_of_a_number_sets_the_other_setting()
    {
        Setting sigma = Settings.Find("sigma")!;
        RunConfiguration learned = sigma.WithText(new RunConfiguration { Sigma = 2 }, "learned");
        Assert.Equal((2, true), (learned.Sigma, learned.SigmaIsLearned));
        RunConfiguration given = sigma.WithText(learned, "0.5");
        Assert.Equal((0.5, false), (given.Sigma, given.SigmaIsLearned));
        Assert.Equal(["learned"], sigma.Names);
        Assert.Equal(
            "--sigma wide: not a number such as 0.001 or 1e-3, nor learned",
            Assert.Throws<UserException>(() => sigma.WithText(given, "wide")).Message);
    }

    [Fact]
    public void What_a_run_began_with_is_said_as_it_is_typed()
    {
        var run = new RunConfiguration { Likelihood = "gaussian" };
        Refused("--sigma learned: the run began with 1 (it)", run with { SigmaIsLearned = true });
        Refused("--limit 5: the run began with nothing (it)", run with { Limit = 5 });
        Refused("--preset ae: the run began with vae (it)", run with { Preset = "ae" });
        Refused(
            "--rate-steps 2:0.5,3:1e-5: the run began with nothing (it)", run with { RateSteps = [new(2, 0.5), new(3, 1e-5)] });

        void Refused(string start, RunConfiguration asked) => Assert.StartsWith(
            start, Assert.Throws<UserException>(() => RunDifference.Require(run, asked, "it")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Names_with_commas_stand_in_quotes()
    {
        Setting setting = Settings.Find("train_labels")!;
        RunConfiguration configuration = setting.WithText(new RunConfiguration(), "\"x, y\", z,\"a \"\"b\"\"\"");
        Assert.Equal(["x, y", "z", "a \"b\""], configuration.TrainLabels);
        Assert.Equal("\"x, y\",z", setting.Text(new RunConfiguration { TrainLabels = ["x, y", "z"] }));
        Assert.Throws<UserException>(() => setting.WithText(new RunConfiguration(), "\"x, y"));
    }

    [Fact]
    public void A_changed_setting_leaves_the_configuration_that_it_was_read_from()
    {
        var before = new RunConfiguration();
        RunConfiguration after = Settings.Find("hidden")!.WithText(before, "3,4");
        Assert.Equal([400], before.Hidden);
        Assert.Equal([3, 4], after.Hidden);
    }
}
